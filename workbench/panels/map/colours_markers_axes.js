// What both the map and its paper are drawn with: colours, matplotlib's markers, axes.
//
// anywidget takes one module and resolves no imports, so Python lays this text in front of dots.js.

const FONT = "12px 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";
const INK = "#111", QUIET = "#555", GREY = "#767676", DOT = "#5B7C99", VERMILLION = "#D55E00";
const RAMP = ["#D9E6F2", "#9CC4E4", "#4F9BD0", "#0072B2", "#08306B"]; // pale to dark: low to high
const EDGE = { left: 54, right: 16, top: 18, bottom: 44 };


function blend(at) {
  const place = Math.min(at, 0.9999) * (RAMP.length - 1), low = Math.floor(place);
  const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const [a, b] = [parts(RAMP[low]), parts(RAMP[low + 1])];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * (place - low))).join(",")})`;
}

// matplotlib's markers, as palette.py gives them to strategies
function mark(ink, kind, x, y, r) {
  const polygon = (points) => points.forEach(([a, b], i) =>
    i ? ink.lineTo(x + a * r, y + b * r) : ink.moveTo(x + a * r, y + b * r));
  ink.beginPath();
  if (kind === "s") ink.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  else if (kind === "^") polygon([[0, -1.15], [1.05, 0.8], [-1.05, 0.8]]);
  else if (kind === "v") polygon([[0, 1.15], [1.05, -0.8], [-1.05, -0.8]]);
  else if (kind === "<") polygon([[-1.15, 0], [0.8, 1.05], [0.8, -1.05]]);
  else if (kind === ">") polygon([[1.15, 0], [-0.8, 1.05], [-0.8, -1.05]]);
  else if (kind === "D") polygon([[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]]);
  else if (kind === "*") polygon([...Array(10).keys()].map((i) => {
    const turn = (i * Math.PI) / 5 - Math.PI / 2, far = i % 2 ? 0.6 : 1.5;
    return [far * Math.cos(turn), far * Math.sin(turn)];
  }));
  else if ("PX+x".includes(kind)) {
    const arm = 0.38, cross = [[-arm, -1.2], [arm, -1.2], [arm, -arm], [1.2, -arm], [1.2, arm],
      [arm, arm], [arm, 1.2], [-arm, 1.2], [-arm, arm], [-1.2, arm], [-1.2, -arm], [-arm, -arm]];
    const turned = ([a, b]) => [(a - b) * 0.7071, (a + b) * 0.7071];
    polygon("Xx".includes(kind) ? cross.map(turned) : cross);
  } else ink.arc(x, y, r, 0, 2 * Math.PI);
  ink.closePath();
}

function line(ink, x0, y0, x1, y1) {
  ink.beginPath();
  ink.moveTo(x0, y0);
  ink.lineTo(x1, y1);
  ink.stroke();
}

function paintAxes(plot, ink, frame) {
  const bottom = plot.top(0), right = plot.left(1);
  ink.font = FONT;
  ink.lineWidth = 1;
  ink.textBaseline = "middle";
  for (const [value, words] of frame.y.ticks) {
    const y = plot.top((value - frame.y.range[0]) / (frame.y.range[1] - frame.y.range[0] || 1));
    ink.strokeStyle = "#EEE";
    line(ink, EDGE.left, y, right, y);
    ink.fillStyle = QUIET;
    ink.textAlign = "right";
    ink.fillText(words, EDGE.left - 7, y);
  }
  ink.textBaseline = "top";
  for (const [value, words] of frame.x.ticks) {
    const x = plot.left((value - frame.x.range[0]) / (frame.x.range[1] - frame.x.range[0] || 1));
    ink.strokeStyle = GREY;
    line(ink, x, bottom + 6, x, bottom + 10);
    ink.fillStyle = QUIET;
    ink.textAlign = "center";
    ink.fillText(words, Math.min(x, plot.width - ink.measureText(words).width / 2), bottom + 12);
  }
  ink.strokeStyle = GREY;
  line(ink, EDGE.left - 6, bottom + 6, right + 6, bottom + 6);
  line(ink, EDGE.left - 6, EDGE.top - 6, EDGE.left - 6, bottom + 6);
  ink.fillStyle = INK;
  ink.textAlign = "center";
  ink.textBaseline = "bottom";
  ink.fillText(frame.x.label, (EDGE.left + right) / 2, plot.height - 1, right - EDGE.left + 30);
  ink.save();
  ink.translate(2, (EDGE.top + bottom) / 2);
  ink.rotate(-Math.PI / 2);
  ink.textBaseline = "top";
  ink.fillText(frame.y.label, 0, 0, bottom - EDGE.top + 10);
  ink.restore();
  if (frame.by_colour) paintKey(plot, ink);
  else if (frame.optimum !== null && frame.optimum <= frame.y.range[1]) {
    const span = frame.y.range[1] - frame.y.range[0] || 1;
    const y = plot.top((frame.optimum - frame.y.range[0]) / span);
    ink.strokeStyle = GREY;
    ink.setLineDash([5, 4]);
    line(ink, EDGE.left, y, right, y);
    ink.setLineDash([]);
    ink.fillStyle = QUIET;
    ink.textAlign = "left";
    ink.textBaseline = "bottom";
    ink.fillText("best cell", EDGE.left + 2, y - 1);
  }
}

function paintKey(plot, ink) {
  const wide = 90, x = plot.left(1) - wide - 38, y = EDGE.top - 8;
  for (let i = 0; i < wide; i++) {
    ink.fillStyle = blend(i / wide);
    ink.fillRect(x + i, y, 1.5, 9);
  }
  ink.fillStyle = QUIET;
  ink.textBaseline = "top";
  ink.textAlign = "right";
  ink.fillText("worst", x - 5, y - 2);
  ink.textAlign = "left";
  ink.fillText("best", x + wide + 5, y - 2);
}
