"use strict";
// Draws what was answered in each bucket of time: one line a kind of answer, moments as upright lines.
const CURVE = (() => {
  const SPACE = "http://www.w3.org/2000/svg";
  const COLOURS = {
    issued: "#237804", sold_out: "#595959", limit_reached: "#ad6800", rate_limited: "#a8071a", guarded: "#0b2350",
    rebuilding: "#c41d7f", overloaded: "#531dab", not_open: "#0958d9", repeated: "#08979c", no_answer: "#000",
  };
  const SPARE = ["#613400", "#10239e", "#780650", "#00474f"];
  const SECONDS = { zh: "秒", en: "s" };
  const LEFT = 52, RIGHT = 12, TOP = 26, BOTTOM = 28;

  const element = (name, attributes) => {
    const made = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
    return made;
  };
  const text = (x, y, words, attributes) => {
    const made = element("text", { x, y, "font-size": 15, fill: "#4a5264", ...attributes });
    made.textContent = words;
    return made;
  };
  const colour = (name, number) => COLOURS[name] || SPARE[number % SPARE.length];

  // A round step of the axis, so that there are at most five.
  const stepOf = (most) => {
    let step = 1;
    for (const factor of [2, 2.5, 2]) if (most / step > 5) step *= factor;
    while (most / step > 5) step *= 10 / (most / step > 50 ? 1 : 5);
    return Math.max(1, Math.round(step));
  };

  const draw = (figure, curve, say) => {
    // In pixels of this window, so that letters keep their shape at any width.
    const before = figure.querySelector("svg");
    const WIDE = Math.max(300, figure.clientWidth - 30), HIGH = (before && before.clientHeight) || 260;
    const names = Object.keys(curve.points);
    const last = Math.max(20, ...names.map((name) => curve.points[name].length),
      ...curve.marks.map(([at]) => Math.ceil(at / curve.bucket_ms) + 1));
    const most = Math.max(5, ...names.flatMap((name) => curve.points[name]));
    const x = (bucket) => LEFT + (bucket / last) * (WIDE - LEFT - RIGHT);
    const y = (count) => HIGH - BOTTOM - (count / most) * (HIGH - TOP - BOTTOM);
    const svg = element("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
    const step = stepOf(most);
    for (let count = 0; count <= most; count += step) {
      svg.append(element("line", { x1: LEFT, x2: WIDE - RIGHT, y1: y(count), y2: y(count), stroke: "#e1e5ee" }));
      svg.append(text(LEFT - 8, y(count) + 5, count, { "text-anchor": "end" }));
    }
    const second = 1000 / curve.bucket_ms;
    const every = Math.max(1, Math.ceil(last / second / (WIDE < 600 ? 5 : 10)));
    for (let bucket = 0; bucket <= last; bucket += second * every) {
      svg.append(text(x(bucket), HIGH - 8, `${bucket / second} ${say(SECONDS)}`, { "text-anchor": "middle" }));
    }
    names.forEach((name, number) => {
      const points = curve.points[name];
      const padded = [...points, ...Array(last - points.length).fill(0)].slice(0, last);
      svg.append(element("polyline", {
        points: padded.map((count, bucket) => `${x(bucket + 0.5).toFixed(1)},${y(count).toFixed(1)}`).join(" "),
        fill: "none", stroke: colour(name, number), ...(name === "guarded" ? { "stroke-dasharray": "8 4" } : {}), "stroke-width": name === "issued" ? 4 : 2.5,
        "stroke-linejoin": "round", "vector-effect": "non-scaling-stroke",
      }));
    });
    curve.marks.forEach(([at, words], number) => {
      const place = x(at / curve.bucket_ms);
      svg.append(element("line", { x1: place, x2: place, y1: TOP - 10, y2: HIGH - BOTTOM, stroke: "#a8071a",
        "stroke-width": 2, "stroke-dasharray": "6 4", "vector-effect": "non-scaling-stroke" }));
      svg.append(text(place + (number % 2 ? 6 : -6), 14, say(words), { fill: "#a8071a", "font-weight": 700,
        "text-anchor": number % 2 ? "start" : "end" }));
    });
    const caption = document.createElement("figcaption");
    caption.textContent = say(curve.title);
    const legend = document.createElement("ul");
    legend.className = "legend";
    const told = [];
    names.forEach((name, number) => {
      const total = curve.points[name].reduce((sum, count) => sum + count, 0);
      const item = document.createElement("li");
      item.style.color = colour(name, number);
      const words = document.createElement("span");
      words.textContent = `${curve.labels[name] ? say(curve.labels[name]) : name} ${total.toLocaleString("en")}`;
      told.push(words.textContent);
      item.append(words);
      legend.append(item);
    });
    svg.setAttribute("aria-label", `${say(curve.title)}: ${told.join(", ")}`);
    figure.replaceChildren(caption, svg, legend);
  };
  return { draw };
})();
