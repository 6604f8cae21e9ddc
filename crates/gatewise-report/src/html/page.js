
(() => {
  const make = (name, parent) => parent.appendChild(document.createElement(name));

  const nearest = (positions, at) => {
    let best = 0;
    positions.forEach((p, i) => { if (Math.abs(positions[best] - at) > Math.abs(p - at)) best = i; });
    return best;
  };

  const fill = (tip, data, i) => {
    tip.textContent = "";
    make("b", tip).textContent = data.label[i];
    for (const [name, texts] of data.series) {
      if (!texts[i]) continue;
      const row = make("span", tip);
      row.append(name);
      make("em", row).textContent = texts[i];
    }
  };

  const attach = (plot, data) => {
    const svg = plot.querySelector("svg");
    const [left, right, top, bottom] = svg.dataset.plot.split(" ").map(Number);
    const [from, to] = svg.dataset.span.split(" ").map(Number);
    const inside = data.x.map((p, i) => [p, i]).filter(([p]) => p >= from ? to >= p : false);
    if (inside.length === 0) return;
    const positions = inside.map(([p]) => p);
    const tip = make("div", plot);
    const line = svg.appendChild(document.createElementNS(svg.namespaceURI, "line"));
    tip.className = "tip";
    tip.setAttribute("role", "status");
    line.setAttribute("class", "cross");
    line.setAttribute("y1", top);
    line.setAttribute("y2", bottom);
    let current = positions.length - 1;
    const hide = () => { tip.hidden = true; line.style.display = "none"; };
    const show = (k) => {
      current = Math.min(Math.max(k, 0), positions.length - 1);
      const x = left + (right - left) * (positions[current] - from) / (to - from || 1);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.style.display = "";
      tip.hidden = false;
      fill(tip, data, inside[current][1]);
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      const px = x * scale;
      const room = plot.clientWidth - tip.offsetWidth;
      const beside = px > plot.clientWidth / 2 ? px - tip.offsetWidth - 12 : px + 12;
      tip.style.transform = `translate(${Math.max(0, Math.min(room, beside))}px, ${top * scale + 4}px)`;
    };
    hide();
    svg.setAttribute("tabindex", "0");
    plot.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
      show(nearest(positions, from + (to - from) * (x - left) / (right - left)));
    });
    plot.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) { event.preventDefault(); show(current + step); }
      if (event.key === "Escape") hide();
    });
  };

  for (const figure of document.querySelectorAll("figure")) {
    const source = figure.querySelector(".readout");
    if (!source) continue;
    const data = JSON.parse(source.textContent);
    for (const plot of figure.querySelectorAll(".plot")) attach(plot, data);
  }

  for (const button of document.querySelectorAll(".copy")) {
    if (!navigator.clipboard) break;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }
})();
