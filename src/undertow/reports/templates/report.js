/* Draws each chart again, live, over its picture: only when it comes near, at the width it has, in the mode the
   reader prefers. Where anything fails the picture stays. No markup is ever made from data: only text nodes. */
(() => {
  "use strict";
  const source = document.getElementById("undertow-charts");
  if (!source || typeof window.vegaEmbed !== "function") return;
  const { modes, charts } = JSON.parse(source.textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const composed = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"];
  const refuse = () => Promise.reject(new Error("a report loads nothing"));
  const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);

  function showTip(_handler, event, _item, value) {
    if (value === null || value === undefined || value === "") { tip.hidden = true; return; }
    const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
    tip.replaceChildren(...pairs.map(([name, content]) => {
      const row = document.createElement("div");
      if (name) {
        const label = document.createElement("span");
        label.textContent = name;
        label.dir = "auto";
        row.append(label);
      }
      const text = document.createElement("b");
      text.textContent = typeof content === "object" ? JSON.stringify(content) : String(content);
      text.dir = "auto";
      row.append(text);
      return row;
    }));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - box.width - 8))}px`;
    const below = event.clientY + 16 + box.height < innerHeight;
    tip.style.top = `${below ? event.clientY + 16 : Math.max(8, event.clientY - box.height - 12)}px`;
  }

  const drawings = [];
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const spec = charts[figure.dataset.chart];
    if (spec) drawings.push({ figure, spec, near: false, drawn: "", result: null, turn: 0 });
  }

  async function draw(one) {
    const holder = one.figure.querySelector(".drawing");
    const width = Math.floor(holder.clientWidth);
    const wanted = `${dark.matches ? "dark" : "light"} ${width}`;
    if (!one.near || width < 1 || one.drawn === wanted) return;
    one.drawn = wanted;
    const single = !composed.some((name) => name in one.spec);
    if (!single && width < 600) { rest(one); return; }  // the narrow picture of a composed chart is arranged for it
    const spec = structuredClone(one.spec);
    if (single) {
      spec.width = width;
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    const turn = ++one.turn;
    const stage = document.createElement("div");
    try {
      const result = await window.vegaEmbed(stage, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, hover: false,
        config: structuredClone(modes[dark.matches ? "dark" : "light"]), loader, tooltip: showTip, logLevel: 1,
      });
      if (turn !== one.turn) { result.finalize(); return; }
      if (one.result) one.result.finalize();
      one.result = result;
      const live = one.figure.querySelector(".live");
      live.replaceChildren(stage);
      live.hidden = false;
      one.figure.dataset.drawn = "yes";
    } catch (error) {
      rest(one);
      one.figure.dataset.drawn = "failed";
      one.figure.dataset.reason = String(error && error.message);
    }
  }

  function rest(one) {
    one.figure.querySelector(".live").hidden = true;
    one.figure.dataset.drawn = "picture";
  }

  const drawAll = () => drawings.forEach((one) => { draw(one); });
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      const one = drawings.find((candidate) => candidate.figure === entry.target);
      one.near = true;
      watcher.unobserve(entry.target);
      draw(one);
    }
  }, { rootMargin: "600px" });
  drawings.forEach((one) => watcher.observe(one.figure));
  dark.addEventListener("change", drawAll);
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 150); });
  window.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.table)")];
    opened.forEach((element) => { element.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((element) => { element.open = false; });
  });
})();
