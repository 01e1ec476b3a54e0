// The map of a table: a dot a cell on a canvas, a strategy's trials on top, clicks and keys.
//
// Served as it stands by anywidget, behind colours_markers_axes.js: no build step, nothing from the network. What
// lies still (axes and dots) is drawn once into a picture of its own; a frame copies it and adds
// what moves.

const REACH = 22; // CSS pixels from a click to the dot that it picks
const TRAIL = 12; // trials of the trail, the last ones
const LINKS = 60; // lines from parent to child, the last ones
const PATIENCE = 3000; // ms until a pick that nobody answered is sent again
const floats = (v) => new Float32Array(v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength));
const bytes = (v) => new Uint8Array(v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength));
const percent = (share) => (100 * share).toFixed(1) + " %";
const hidden = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";

class CellMap {
  constructor(model, el) {
    this.model = model;
    this.box = document.createElement("div");
    this.box.className = "wb-dots-box";
    this.box.wbMap = this; // for whoever looks at the page from outside, such as a test
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-roledescription", "map of cells");
    this.box.setAttribute("data-lm-suppress-shortcuts", "true"); // arrows are ours, not the notebook's
    this.canvas = document.createElement("canvas");
    this.canvas.style.cssText = "display:block;width:100%;cursor:crosshair";
    this.canvas.setAttribute("aria-hidden", "true");
    this.tip = document.createElement("div");
    this.tip.className = "wb-dots-tip";
    this.tip.style.display = "none";
    this.said = document.createElement("div");
    this.said.setAttribute("role", "status");
    this.said.style.cssText = hidden;
    this.box.append(this.canvas, this.tip, this.said);
    el.append(this.box);
    this.still = document.createElement("canvas");
    this.hover = -1;
    this.wanted = null; // the newest pick that has not been sent
    this.sent = 0; // when the pick that is being answered was sent; 0: none is
    this.sized = this.sized.bind(this);
    this.watch = new ResizeObserver(this.sized);
    this.watch.observe(this.box);
    this.ratio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.ratio.addEventListener("change", this.sized);
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.canvas.addEventListener("click", (event) => this.clicked(event));
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("pointerleave", () => this.hovered(null));
    model.on("change:dots", () => this.loaded());
    model.on("change:frame", () => this.redraw());
    model.on("change:marked", () => this.redraw());
    model.on("change:walk", () => this.repaint());
    model.on("change:here", () => this.answered());
    this.loaded();
  }

  loaded() { // new places: all cells at once
    const dots = this.model.get("dots");
    this.x = floats(dots.x);
    this.y = floats(dots.y);
    this.score = floats(dots.score);
    this.level = bytes(dots.level);
    this.flag = bytes(dots.flag);
    this.flat = floats(dots.flat);
    const byScore = [...this.score.keys()].sort((a, b) => this.score[b] - this.score[a]);
    this.rank = new Uint32Array(this.score.length);
    byScore.forEach((cell, i) => (this.rank[cell] = i + 1));
    this.order = [...this.x.keys()].sort((a, b) => this.x[a] - this.x[b] || this.y[a] - this.y[b]);
    this.place = new Uint32Array(this.order.length);
    this.order.forEach((cell, i) => (this.place[cell] = i));
    this.answered();
    this.redraw();
  }

  sized() {
    const width = this.box.clientWidth;
    if (!width) return;
    const sharp = devicePixelRatio || 1;
    const height = Math.round(Math.min(430, Math.max(270, width * 0.66)));
    if (this.width === width && this.height === height && this.sharp === sharp) return;
    [this.width, this.height, this.sharp] = [width, height, sharp];
    for (const each of [this.canvas, this.still]) {
      each.width = Math.round(width * sharp);
      each.height = Math.round(height * sharp);
    }
    this.canvas.style.height = height + "px";
    this.redraw();
  }

  at(cell) {
    const { x, y } = this.model.get("frame");
    const across = (this.x[cell] - x.range[0]) / (x.range[1] - x.range[0] || 1);
    const up = (this.y[cell] - y.range[0]) / (y.range[1] - y.range[0] || 1);
    return [this.left(across), this.top(Math.max(-0.012, Math.min(1.012, up)))];
  }
  left(share) { return EDGE.left + share * (this.width - EDGE.left - EDGE.right); }
  top(share) { return this.height - EDGE.bottom - share * (this.height - EDGE.top - EDGE.bottom); }
  inside(cell) {
    const { range } = this.model.get("frame").y;
    return this.y[cell] >= range[0] && this.y[cell] <= range[1];
  }

  // ---------------------------------------------------------------- drawing

  redraw() { this.stale = true; this.repaint(); }
  repaint() {
    if (this.due || !this.width) return;
    this.due = requestAnimationFrame(() => { this.due = 0; this.paint(); });
  }

  paint() {
    if (this.stale) this.paintStill();
    const ink = this.canvas.getContext("2d");
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.drawImage(this.still, 0, 0);
    ink.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
    ink.font = FONT;
    this.paintWalk(ink, this.model.get("walk"));
    this.paintHere(ink, this.model.get("here"));
  }

  paintStill() {
    this.stale = false;
    const ink = this.still.getContext("2d"), frame = this.model.get("frame");
    ink.setTransform(this.sharp, 0, 0, this.sharp, 0, 0);
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, this.width, this.height);
    paintAxes(this, ink, frame);
    const marked = this.model.get("marked"), flat = marked === "plateaus";
    ink.save();
    ink.beginPath();
    ink.rect(EDGE.left - 7, EDGE.top - 8, this.width - EDGE.left - EDGE.right + 14,
      this.height - EDGE.top - EDGE.bottom + 14);
    ink.clip();
    const radius = this.x.length > 1500 ? 2.2 : 3.2;
    for (let cell = 0; cell < this.x.length; cell++) {
      if (!this.inside(cell)) continue;
      const [x, y] = this.at(cell);
      ink.globalAlpha = frame.by_colour ? 0.85 : 0.42;
      ink.fillStyle = frame.by_colour ? blend(this.level[cell] / 31) : DOT;
      if (flat) {
        ink.globalAlpha = 0.8;
        ink.fillStyle = this.flat[cell] >= 0.5 ? "#E69F00" : "#C9D3DC";
      }
      ink.beginPath();
      ink.arc(x, y, flat && this.flat[cell] >= 0.5 ? radius + 0.6 : radius, 0, 2 * Math.PI);
      ink.fill();
    }
    ink.globalAlpha = 1;
    if (marked === "local optima") for (let cell = 0; cell < this.x.length; cell++) {
      if (!this.flag[cell] || !this.inside(cell)) continue;
      const [x, y] = this.at(cell);
      mark(ink, "^", x, y, 4.6);
      ink.fillStyle = this.flag[cell] > 1 ? VERMILLION : "#fff";
      ink.strokeStyle = VERMILLION;
      ink.lineWidth = 1.3;
      ink.fill();
      ink.stroke();
    }
    ink.restore();
  }

  paintWalk(ink, walk) {
    const cells = walk.cells || [];
    if (!cells.length) return;
    ink.strokeStyle = ink.fillStyle = walk.colour;
    const linked = walk.parents.some((each) => each >= 0);
    const first = Math.max(1, cells.length - (linked ? LINKS : TRAIL));
    for (let i = first; i < cells.length; i++) {
      const from = linked ? walk.parents[i] : cells[i - 1];
      if (from < 0 || !(this.inside(from) || this.inside(cells[i]))) continue;
      ink.globalAlpha = 0.12 + (0.6 * (i - first + 1)) / (cells.length - first + 1);
      ink.lineWidth = 1.3;
      line(ink, ...this.at(from), ...this.at(cells[i]));
    }
    cells.forEach((cell, i) => {
      const age = cells.length - 1 - i, [x, y] = this.at(cell);
      ink.globalAlpha = age < TRAIL ? 1 : 0.6;
      mark(ink, walk.marker, x, y, age < TRAIL ? 4.2 : 3);
      ink.fill();
      ink.strokeStyle = "#fff";
      ink.lineWidth = 0.8;
      ink.stroke();
    });
    ink.globalAlpha = 1;
    const [x, y] = this.at(cells[cells.length - 1]);
    ink.strokeStyle = walk.colour;
    ink.lineWidth = 2;
    ink.beginPath();
    ink.arc(x, y, 8, 0, 2 * Math.PI);
    ink.stroke();
    if (walk.best >= 0) this.named(ink, walk.best, "D", walk.colour, walk.words, 5.4);
  }

  named(ink, cell, kind, colour, words, size) { // a mark with a label, on whichever side has room
    const [x, y] = this.at(cell), wide = ink.measureText(words).width;
    mark(ink, kind, x, y, size);
    ink.fillStyle = colour;
    ink.fill();
    ink.lineWidth = 1.5;
    ink.strokeStyle = "#fff";
    ink.stroke();
    const after = x + 10 + wide < this.width;
    ink.textAlign = after ? "left" : "right";
    ink.textBaseline = "middle";
    ink.lineWidth = 3.5;
    const place = [x + (after ? 10 : -10), y < 48 ? y + 15 : y - 11];
    ink.strokeText(words, ...place);
    ink.fillText(words, ...place);
  }

  paintHere(ink, told) {
    const cell = this.ahead ?? told.cell;
    if (cell < 0) return;
    const [x, y] = this.at(cell), settled = cell === told.cell;
    if (settled) {
      ink.strokeStyle = "rgba(17,17,17,.28)";
      ink.lineWidth = 1;
      for (const other of told.near) line(ink, x, y, ...this.at(other));
      for (const other of told.near) {
        mark(ink, "o", ...this.at(other), 3.4);
        ink.fillStyle = this.score[other] > this.score[cell] ? "#0072B2" : "#fff";
        ink.strokeStyle = INK;
        ink.lineWidth = 1.1;
        ink.fill();
        ink.stroke();
      }
    }
    mark(ink, "*", x, y, 7.5);
    ink.fillStyle = "#F0E442";
    ink.strokeStyle = INK;
    ink.lineWidth = 1.6;
    ink.fill();
    ink.stroke();
  }

  // ---------------------------------------------------------------- what a learner does

  nearest(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let best = -1, far = REACH * REACH;
    for (let cell = 0; cell < this.x.length; cell++) {
      if (!this.inside(cell)) continue;
      const [a, b] = this.at(cell), d = (a - x) ** 2 + (b - y) ** 2;
      if (d < far) [best, far] = [cell, d];
    }
    return best;
  }

  clicked(event) {
    const cell = this.nearest(event);
    if (cell >= 0) this.pick(cell);
  }

  hovered(event) {
    const cell = event ? this.nearest(event) : -1;
    if (cell === this.hover) return;
    this.hover = cell;
    this.tip.style.display = cell < 0 ? "none" : "block";
    if (cell < 0) return;
    this.tip.textContent = `${percent(this.score[cell])} · rank ${this.rank[cell].toLocaleString("en")}`;
    const [x, y] = this.at(cell), wide = this.tip.offsetWidth;
    this.tip.style.left = Math.max(2, Math.min(x - wide / 2, this.width - wide - 2)) + "px";
    this.tip.style.top = (y > 44 ? y - 36 : y + 14) + "px";
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = this.ahead ?? this.model.get("here").cell, last = this.order.length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -100, PageUp: 100 };
    const moves = { ArrowUp: "best", b: "best", r: "random", ArrowDown: "back", Backspace: "back",
      Enter: "try" };
    if (event.key in steps) {
      const place = this.place[here] + steps[event.key];
      this.pick(this.order[Math.max(0, Math.min(last, place))]);
    } else if (event.key === "Home") this.pick(this.order[0]);
    else if (event.key === "End") this.pick(this.order[last]);
    else if (event.key in moves) this.send({ move: moves[event.key] });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // One pick at a time is answered. While the kernel draws, the star moves on by itself, and of
  // the picks meanwhile only the newest is sent: a key held down never leaves a queue behind.
  pick(cell) {
    this.ahead = cell;
    this.repaint();
    this.send({ cell });
  }
  send(message) {
    this.wanted = message;
    if (this.sent && performance.now() - this.sent < PATIENCE) return;
    this.sent = performance.now();
    this.wanted = null;
    this.model.send({ ...message, number: (this.number = (this.number || 0) + 1) });
  }
  answered() {
    const here = this.model.get("here");
    this.sent = 0;
    if (this.wanted) this.send(this.wanted);
    else this.ahead = undefined;
    this.said.textContent = here.words;
    this.box.setAttribute("aria-label", here.label);
    this.repaint();
  }

  end() {
    this.watch.disconnect();
    this.ratio.removeEventListener("change", this.sized);
    cancelAnimationFrame(this.due);
  }
}

export default {
  render({ model, el }) {
    const map = new CellMap(model, el);
    return () => map.end();
  },
};
