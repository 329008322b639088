"use strict";

// A failure anywhere is shown, and can be found by whoever opens the page without a screen.
window.addEventListener("error", event => {
  const place = document.getElementById("error");
  place.hidden = false;
  place.textContent = "This page failed: " + event.message;
  document.documentElement.dataset.error = event.message;
});

(() => {
  const scene = JSON.parse(document.getElementById("data").textContent);
  const { frames, palette } = scene;
  // Two features: points and ellipses. One: bins and curves.
  const isPlane = scene.points !== undefined;
  const components = Math.max(...frames.map(frame => frame.weights.length));
  const element = id => document.getElementById(id);
  const dashes = ["none", "9 5", "2 5", "9 4 2 4"];
  const color = k => palette[k % palette.length];
  const dash = k => dashes[Math.floor(k / palette.length) % dashes.length];

  function svg(parent, name, attributes = {}, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return parent.appendChild(node);
  }

  // To four significant digits or so many, as a person would write them.
  function digits(value, significant = 4, largest = 1e6) {
    if (value === 0) return "0";
    const size = Math.abs(value);
    const isPlain = size >= 1e-4 && size < largest;
    const decimals = Math.max(0, significant - 1 - exponent(value, significant));
    const text = isPlain ? value.toFixed(decimals) : value.toExponential(significant - 1).replace("e+", "e");
    return text.replaceAll("-", "−");
  }

  // Of the first digit once the number is rounded, in powers of ten.
  function exponent(value, significant = 4) {
    return Number(value.toExponential(significant - 1).split("e")[1]);
  }

  // A mean to the digits that matter beside its standard deviation, which are the deviation's first four.
  function meanText(value, deviation) {
    if (value === 0 || !(deviation > 0)) return digits(value);
    const significant = exponent(value) - exponent(deviation) + 4;
    return significant < 1 ? "0" : digits(value, Math.min(significant, 12), 1e10);
  }

  function lossText(value) {
    if (value === undefined) return "not finite";
    const size = Math.abs(value);
    return size < 1e9 && (size >= 0.1 || size === 0) ? value.toFixed(2).replace("-", "−") : digits(value);
  }

  // The frame of a picture: axes, tics and titles, all from numbers that the page was made with. Returns the maps from
  // coordinates to pixels and a group that is cut off at the frame.
  function frame(id, axes, grid, hasOneScale = false) {
    const root = element(id);
    const { width, height } = root.getBoundingClientRect();
    const widest = tics => 7.8 * Math.max(...tics.map(tic => tic.label.length), 1);
    const before = 34 + widest(axes.y.tics);
    let [left, right, top, bottom] = [before, width - Math.max(24, widest(axes.x.tics) / 2 + 4), 8, height - 42];
    if (hasOneScale) {
      // Both in the unit that is across.
      const [across, up] = [axes.x.upper - axes.x.lower, (axes.y.upper - axes.y.lower) * (axes.y.unit / axes.x.unit)];
      const scale = Math.min((right - left) / across, (bottom - top) / up);
      const spare = right - left - across * scale;
      [left, right, top] = [left + spare / 2, right - spare / 2, bottom - up * scale];
    }
    root.replaceChildren();
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const x = value => left + (value - axes.x.lower) / (axes.x.upper - axes.x.lower) * (right - left);
    const y = value => bottom - (value - axes.y.lower) / (axes.y.upper - axes.y.lower) * (bottom - top);
    const every = Math.max(1, Math.ceil(axes.x.tics.length * (widest(axes.x.tics) + 12) / (right - left)));
    const everyUp = Math.max(1, Math.ceil(axes.y.tics.length * 18 / (bottom - top)));
    axes.x.tics.forEach((tic, i) => {
      if (i % every) return;
      svg(root, "path", { class: "tic", d: `M${x(tic.coordinate)} ${bottom}v5` });
      svg(root, "text", { x: x(tic.coordinate), y: bottom + 18, "text-anchor": "middle" }, tic.label);
    });
    axes.y.tics.forEach((tic, i) => {
      if (i % everyUp) return;
      if (grid) svg(root, "path", { class: "grid", d: `M${left} ${y(tic.coordinate)}H${right}` });
      svg(root, "path", { class: "tic", d: `M${left} ${y(tic.coordinate)}h-5` });
      svg(root, "text", { x: left - 9, y: y(tic.coordinate) + 4, "text-anchor": "end" }, tic.label);
    });
    svg(root, "text", { class: "title", x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, axes.x.title);
    const middle = (top + bottom) / 2;
    const beside = left - before + 13;
    svg(root, "text", {
      class: "title", x: beside, y: middle, "text-anchor": "middle", transform: `rotate(-90 ${beside} ${middle})` }, axes.y.title);
    const clip = svg(svg(root, "defs"), "clipPath", { id: id + "-clip" });
    svg(clip, "rect", { x: left, y: 0, width: right - left, height: bottom });
    const inside = svg(root, "g", { "clip-path": `url(#${id}-clip)` });
    svg(root, "path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` });
    return { x, y, left, right, top, bottom, inside };
  }

  // πₖ N(x; μₖ, σₖ²), written so that no square of an extreme number is formed.
  function density({ weights, means, deviations }, k, x) {
    const deviation = Math.max(deviations[k], scene.leastDeviation);
    const z = (x - means[k]) / deviation;
    return weights[k] * (Math.exp(-z * z / 2) / deviation) / Math.sqrt(2 * Math.PI);
  }

  // Places to sample: evenly, and densely where components bend, however narrow they are. Kept in coordinates and in data's unit.
  function places({ means, deviations }, which, evenly, steps) {
    const axis = scene.fit.x;
    const list = [];
    for (let i = 0; i <= evenly; i++) list.push(axis.lower + (axis.upper - axis.lower) * i / evenly);
    for (const k of which) {
      for (let i = 0; i <= steps; i++) {
        const place = (means[k] - axis.offset) / axis.unit + Math.max(deviations[k], scene.leastDeviation) / axis.unit * (i / steps * 9 - 4.5);
        if (place > axis.lower && place < axis.upper) list.push(place);
      }
    }
    return list.sort((a, b) => a - b);
  }

  function path(plot, where, height) {
    const { x: across, y: up } = scene.fit;
    const most = up.upper + (up.upper - up.lower);
    return "M" + where.map(place => {
      const value = (height(place * across.unit + across.offset) - up.offset) / up.unit;
      return plot.x(place).toFixed(1) + " " + plot.y(Math.min(value, most)).toFixed(1);
    }).join("L");
  }

  // The ellipse of so many standard deviations, from its centre and half axes in coordinates.
  function ellipse(plot, [x, y, across, shear, up], radius) {
    let d = "M";
    for (let i = 0; i < 72; i++) {
      const [u, v] = [Math.cos(i / 36 * Math.PI) * radius, Math.sin(i / 36 * Math.PI) * radius];
      d += `${i ? "L" : ""}${plot.x(x + across * u).toFixed(1)} ${plot.y(y + shear * u + up * v).toFixed(1)}`;
    }
    return d + "Z";
  }

  let fit, loss, sumPath, areas, componentPaths, points, means, now, marker;

  function layout() {
    fit = frame("fit", scene.fit, false, scene.hasOneScale);
    for (const [from, to, height] of scene.bins) {
      const [left, width] = [fit.x(from), fit.x(to) - fit.x(from)];
      // White lines between bars as narrow as these would hide them.
      svg(fit.inside, "rect", {
        class: width < 4 ? "bar narrow" : "bar", x: left, y: fit.y(height), width, height: fit.bottom - fit.y(height) });
    }
    points = (scene.points ?? []).map(([x, y]) => svg(fit.inside, "circle", { class: "point", cx: fit.x(x), cy: fit.y(y), r: 3 }));
    areas = Array.from({ length: isPlane || components > 8 ? 0 : components }, (_, k) => svg(fit.inside, "path", { class: "area", fill: color(k) }));
    sumPath = svg(fit.inside, "path", { class: "curve sum" });
    componentPaths = Array.from({ length: components }, (_, k) =>
      svg(fit.inside, "path", { class: "curve component", stroke: color(k), "stroke-dasharray": dash(k) }));
    means = Array.from({ length: isPlane ? components : 0 }, (_, k) => {
      const group = svg(fit.inside, "g", { class: "mean" });
      svg(group, "circle", { r: 10, stroke: color(k) });
      svg(group, "text", { y: 5, "text-anchor": "middle" }, k + 1);
      return group;
    });
    loss = frame("loss", scene.loss, true);
    now = svg(loss.inside, "path", { class: "now" });
    let d = "", pen = "M";
    for (const { place } of frames) {
      if (place) d += `${pen}${loss.x(place[0]).toFixed(1)} ${loss.y(place[1]).toFixed(1)}`;
      pen = place ? "L" : "M";
    }
    svg(loss.inside, "path", { class: "curve trace", d });
    marker = svg(element("loss"), "circle", { class: "marker", r: 6 });
    show(index);
  }

  const rows = Array.from({ length: components }, (_, k) => {
    const row = element("parameters").insertRow();
    const cells = [0, 1, 2, 3].map(() => row.insertCell());
    const swatch = document.createElement("i");
    swatch.className = "swatch";
    swatch.style.borderColor = color(k);
    swatch.style.borderTopStyle = dash(k) === "none" ? "solid" : dash(k) === "2 5" ? "dotted" : "dashed";
    cells[0].append(swatch, String(k + 1));
    return cells;
  });

  let index = 0;

  function showPlane({ labels, ellipses }) {
    points.forEach((node, i) => node.setAttribute("fill", labels[i] < 0 ? "currentColor" : color(labels[i])));
    componentPaths.forEach((node, k) =>
      node.setAttribute("d", k < ellipses.length ? ellipse(fit, ellipses[k], 1) + ellipse(fit, ellipses[k], 2) : ""));
    means.forEach((node, k) => {
      node.setAttribute("visibility", k < ellipses.length ? "visible" : "hidden");
      if (k < ellipses.length) node.setAttribute("transform", `translate(${fit.x(ellipses[k][0])} ${fit.y(ellipses[k][1])})`);
    });
  }

  function show(to) {
    index = Math.min(Math.max(to, 0), frames.length - 1);
    const present = frames[index];
    const all = present.weights.map((_, k) => k);
    const crowded = components > 8;
    if (isPlane) showPlane(present);
    else sumPath.setAttribute("d", path(fit, places(present, all, 200, crowded ? 12 : 48), x => all.reduce((s, k) => s + density(present, k, x), 0)));
    if (!isPlane) componentPaths.forEach((node, k) => {
      const d = k < all.length ? path(fit, places(present, [k], 8, crowded ? 36 : 72), x => density(present, k, x)) : "";
      node.setAttribute("d", d);
      areas[k]?.setAttribute("d", d && d + `V${fit.bottom}H${fit.left}Z`);
    });
    rows.forEach((cells, k) => {
      const [mean, deviation] = [present.means, present.deviations].map(values => [values[k] ?? []].flat());
      const texts = [[present.weights[k] ?? []].flat().map(value => digits(value)), mean.map((value, d) => meanText(value, deviation[d])),
        deviation.map(value => digits(value))];
      texts.forEach((text, i) => { cells[i + 1].textContent = text.join(", "); });
    });
    const x = present.place ? loss.x(present.place[0]) : 0;
    marker.setAttribute("visibility", present.place ? "visible" : "hidden");
    now.setAttribute("visibility", present.place ? "visible" : "hidden");
    if (present.place) {
      marker.setAttribute("cx", x);
      marker.setAttribute("cy", loss.y(present.place[1]));
      now.setAttribute("d", `M${x} ${loss.top}V${loss.bottom}`);
    }
    const text = `step ${present.step}, loss ${lossText(present.loss)}`;
    element("slider").value = index;
    element("slider").setAttribute("aria-valuetext", text);
    element("readout").textContent = text;
  }

  // All frames in about 8 seconds at single speed, but no more than 30 a second and no fewer than 2.
  const perSecond = Math.min(Math.max(frames.length / 8, 2), 30);
  let playing = false, last = 0, owed = 0;

  function tick(time) {
    if (!playing) return;
    owed += Math.min(time - last, 250) / 1000 * perSecond * Number(element("speed").value);
    last = time;
    const whole = Math.floor(owed);
    owed -= whole;
    if (whole > 0) show(index + whole);
    if (index === frames.length - 1) return play(false);
    requestAnimationFrame(tick);
  }

  function play(on) {
    playing = on && frames.length > 1;
    element("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    element("play-icon").setAttribute("d", playing ? "M3 1h4v14H3zM9 1h4v14H9z" : "M3 1l11 7-11 7z");
    if (!playing) return;
    if (index === frames.length - 1) show(0);
    [last, owed] = [performance.now(), 0];
    requestAnimationFrame(tick);
  }

  function go(to) {
    play(false);
    show(to);
  }

  element("slider").max = frames.length - 1;
  element("slider").addEventListener("input", event => go(Number(event.target.value)));
  element("back").addEventListener("click", () => go(index - 1));
  element("forward").addEventListener("click", () => go(index + 1));
  element("play").addEventListener("click", () => play(!playing));

  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Whatever has the focus keeps the keys that it understands itself.
    const focus = event.target.closest("button, select, input, .scroll");
    if (event.key === " " && focus?.matches("button, select")) return;
    if (event.key !== " " && focus?.matches("select, input, .scroll")) return;
    const keys = {
      " ": () => play(!playing), ArrowLeft: () => go(index - 1), ArrowRight: () => go(index + 1),
      Home: () => go(0), End: () => go(frames.length - 1),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  // Pointing at the loss curve goes to the nearest step.
  function scrub(event) {
    const at = event.clientX - element("loss").getBoundingClientRect().left;
    const distance = ({ place }) => place ? Math.abs(loss.x(place[0]) - at) : Infinity;
    go(frames.reduce((best, frame, i) => distance(frame) < distance(frames[best]) ? i : best, 0));
  }
  element("loss").addEventListener("pointerdown", scrub);
  element("loss").addEventListener("pointermove", event => { if (event.buttons === 1) scrub(event); });

  const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  if (isPlane) {
    element("fit").setAttribute("aria-label", "Scatter plot of the data with each component's ellipses of one and two standard deviations");
    document.querySelectorAll(".legend li").forEach(item => item.hidden = !item.querySelector(".component"));
    document.querySelector(".legend li:last-child").append(
      ": points by the most probable, ellipses at 1 and 2 sd" + (scene.hasOneScale ? "" : "; scales differ"));
  }
  element("summary").textContent = `${plural(scene.values, isPlane ? "row" : "value")}, ${plural(components, "component")}, `
    + `steps ${frames[0].step} to ` + frames[frames.length - 1].step + (scene.outside ? ` · ${plural(scene.outside, "value")} outside the picture` : "");
  document.documentElement.dataset.frames = frames.length;
  layout();
  new ResizeObserver(layout).observe(element("fit"));
  play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
})();
