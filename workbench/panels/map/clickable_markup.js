// Markup in which whatever carries data-press can be pressed; what it carries goes to the kernel.
//
// Python writes the markup, escaped. One stop for the Tab key; arrows go on from there, by
// data-row and data-column. After new markup the keyboard stands where it stood, or near.

const FARTHEST = 20; // rows or columns that an arrow key may pass over

export default {
  render({ model, el }) {
    const box = document.createElement("div");
    box.setAttribute("data-lm-suppress-shortcuts", "true");
    el.append(box);
    const all = () => [...box.querySelectorAll("[data-press]")];
    const stop = (chosen) => all().forEach((each) => (each.tabIndex = each === chosen ? 0 : -1));
    const at = (each) => [Number(each.dataset.row), Number(each.dataset.column)];
    let place = null; // of what was in focus last: [row, column]

    const show = () => {
      const focused = box.contains(document.activeElement);
      box.innerHTML = model.get("html");
      const far = (each) => Math.abs(at(each)[0] - place[0]) * 99 + Math.abs(at(each)[1] - place[1]);
      const first = place ? all().sort((a, b) => far(a) - far(b))[0] : all()[0];
      stop(first);
      if (focused && first) first.focus({ preventScroll: true });
    };
    box.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-press]");
      if (pressed) model.send({ press: pressed.dataset.press });
    });
    box.addEventListener("focusin", (event) => {
      const on = event.target.closest("[data-press]");
      if (on) [place] = [at(on), stop(on)];
    });
    box.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      const from = event.target.closest("[data-press]"), move = moves[event.key];
      if (!from || !move) return;
      const [row, column] = at(from);
      for (let step = 1, next; step < FARTHEST && !next; step++) { // over places without a button
        const wanted = String([row + step * move[0], column + step * move[1]]);
        next = all().find((each) => String(at(each)) === wanted);
        if (next) next.focus();
      }
      event.preventDefault();
      event.stopPropagation();
    });
    model.on("change:html", show);
    show();
  },
};
