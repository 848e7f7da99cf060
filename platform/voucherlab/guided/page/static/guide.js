"use strict";
// Shows what the demonstration's process tells. Nothing is decided here: a reload shows the same.
const PROGRAMME = JSON.parse(document.getElementById("programme").textContent);
const WORDS = {
  starting: { zh: "正在准备全新的平台，几秒即可……", en: "Preparing a fresh platform, a few seconds …" },
  first: { zh: "开始第 1 步：", en: "Begin with step 1: " },
  next: { zh: "下一步 ", en: "Next " },
  running: { zh: "正在进行……", en: "Under way …" },
  failed: { zh: "本步未通过 · 重置后重新演示", en: "This step failed · start over" },
  over: { zh: "八步全部完成 · 再演示一次", en: "All eight steps are done · start over" },
  broken: { zh: "平台未能启动 · 重置再试", en: "The platform did not start · try again" },
  gone: { zh: "与演示程序的连接断开了，正在重连……", en: "The demonstration does not answer; trying again …" },
  passed: { zh: "通过", en: "PASS" }, not_passed: { zh: "不通过", en: "FAIL" },
  waiting: { zh: "尚未进行", en: "not yet" }, is_running: { zh: "进行中", en: "under way" },
  clauses: { zh: "（N 开头的是征集公告条款号）", en: "(N and a number: a clause of the public notice)" },
  checks: { zh: "当场查询 PostgreSQL 核对", en: "Checked in PostgreSQL, here and now" },
  seconds: { zh: "秒", en: "s" },
  phone: { zh: "手机页", en: "Phone page" }, console: { zh: "管理后台", en: "Console" },
  empty: { zh: "按下面的按钮，这一步就会真的发生。", en: "Press the button below, and this step really happens." },
  not_reached: { zh: "还没有讲到这一步：请从第 1 步起按顺序进行。", en: "The talk has not come to this step yet: begin with step 1 and go on in order." },
};
const ENDED = ["failed", "over", "broken"]; // the talk does not go on: the big button offers a fresh stage
const at = (id) => document.getElementById(id);
const steps = PROGRAMME.steps.map(() => ({ state: "waiting", took_s: null, wall: null, checks: [] }));
const asked = new URLSearchParams(location.search);
let language = asked.get("lang") === "en" ? "en" : "zh";
let notes = asked.get("notes") === "1";
let head = null, heardAt = 0, chosen = null, connected = false;
const shown = new Map();

const say = (cell) => (cell !== null && typeof cell === "object" ? cell[language] : String(cell));
const make = (name, className, words) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (words !== undefined) made.textContent = words;
  return made;
};
// Renews a part only when what it shows has changed, so that focus and scrolling stay where they are.
const part = (id, value, render) => {
  const key = JSON.stringify([language, value]);
  if (shown.get(id) === key) return;
  shown.set(id, key);
  render(at(id), value);
};

const current = () => {
  const running = steps.findIndex((one) => one.state === "running" || one.state === "failed");
  if (running >= 0) return running;
  const done = steps.filter((one) => one.state === "passed").length;
  return Math.max(0, done - 1);
};
const number = (cell) => typeof cell === "number" || /^(—|-?[\d,]+(\.\d+)?)$/.test(String(cell));

function folded(title, frame) {
  const box = make("details", "folded");
  box.append(make("summary", "", title), frame);
  return box;
}

function showTables(place, tables) {
  place.replaceChildren(...tables.map((table) => {
    const frame = make("div", "table");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", say(table.title));
    // Tables that end in words become a card a row on a phone; figures stay side by side and are scrolled.
    const told = table.rows.length && !number(table.rows[0].at(-1));
    // A column is of figures when every cell is one: codes among words, and a dash alone, are read from the left.
    const figures = table.heads.map((_, nth) => table.rows.some((row) => row[nth] !== "—") && table.rows.every((row) => number(row[nth])));
    const made = make("table", told ? "told" : ""), top = make("thead"), line = make("tr"), body = make("tbody");
    made.append(make("caption", "", say(table.title)), top, body);
    table.heads.forEach((cell, nth) => {
      const th = make("th", figures[nth] ? "number" : "", say(cell));
      th.scope = "col";
      line.append(th);
    });
    top.append(line);
    table.rows.forEach((row, nth) => {
      const tr = make("tr", table.moods[nth] || "");
      row.forEach((cell, column) => {
        const td = make("td", figures[column] ? "number" : "", typeof cell === "number" ? cell.toLocaleString("en") : say(cell));
        td.dataset.head = say(table.heads[column]);
        if (cell === 0 && table.rows.length === 12) td.classList.add("gap");
        tr.append(td);
      });
      body.append(tr);
    });
    frame.append(made);
    if (say(table.note)) frame.append(make("p", "remark", say(table.note)));
    return table.folded ? folded(say(table.title), frame) : frame;
  }));
}

function showChecks(place, checks) {
  if (!checks.length) return place.replaceChildren();
  const box = make("section", checks.every((one) => one.ok) ? "checks" : "checks failed");
  const list = make("ul");
  checks.forEach((one) => {
    const item = make("li", one.ok ? "" : "bad");
    const mark = make("span", one.ok ? "mark-ok" : "mark-bad", one.ok ? "✓" : "✗");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", say(one.ok ? WORDS.passed : WORDS.not_passed));
    item.append(mark, make("span", "", say(one.name)), make("span", "detail", say(one.detail)));
    list.append(item);
  });
  box.append(make("h3", "", say(WORDS.checks)), list);
  place.replaceChildren(box);
}

const address = (link) => {
  if (link.place === "guide") return link.path;
  const [path, fragment] = link.path.split("#");
  return `http://${location.hostname}:${head.platform_port}${path}?lang=${language}${fragment ? `#${fragment}` : ""}`;
};
const answers = (link) => link.place === "guide"
  || Boolean(head.beside && head.beside.pages.includes(link.path.split("#")[0]));

function showLinks(place, links) {
  place.replaceChildren(...links.map(([label, url]) => {
    const item = make("li"), anchor = make("a", "", label);
    anchor.href = url; anchor.target = "_blank"; anchor.rel = "noopener";
    item.append(anchor);
    return item;
  }));
}

// What earlier steps opened for people to try is offered at later ones, too.
const keptLinks = (nth) => steps[nth].state === "waiting" ? []
  : steps.slice(0, nth).flatMap((one) => (one.wall ? one.wall.links : [])).filter((link) => link.stays);

// The frame is made once for an address and as often as the step says: a page that people type into must not be loaded
// anew by every event.
function showPhone(place, told) {
  place.hidden = !told;
  if (!told) return place.replaceChildren();
  const [url] = told;
  const frame = make("iframe");
  frame.title = say(WORDS.phone);
  frame.src = url;
  place.replaceChildren(frame);
}

function showStep() {
  const nth = chosen ?? current(), about = PROGRAMME.steps[nth], one = steps[nth], wall = one.wall;
  at("step-title").textContent = `${nth + 1} · ${say(about.title)}`;
  const verdict = at("verdict"), ended = one.state === "passed" || one.state === "failed";
  verdict.hidden = !ended;
  verdict.dataset.state = one.state;
  const good = one.checks.filter((check) => check.ok).length;
  verdict.textContent = ended ? `${say(one.state === "passed" ? WORDS.passed : WORDS.not_passed)} ${good}/${one.checks.length} · ${one.took_s.toFixed(1)} ${say(WORDS.seconds)}` : "";
  part("wording", about.clauses, (place, clauses) => place.replaceChildren(...clauses.map((clause) => {
    const item = make("li", "", say(clause));
    item.prepend(make("b", "", clause.id));
    return item;
  }), make("li", "", say(WORDS.clauses))));
  const isNext = head && head.next === nth;
  at("line").hidden = ended; // the verdict beside the title says it
  at("line").textContent = one.state === "waiting" ? say(isNext ? WORDS.empty : WORDS.not_reached) : wall ? say(wall.line) : "";
  at("notes").hidden = !notes;
  at("notes-text").textContent = say(about.notes);
  part("figures", wall ? wall.figures : [], (place, figures) => place.replaceChildren(...figures.map((figure) => {
    const box = make("div"), value = figure.value;
    box.append(make("dt", "", say(figure.label)),
      make("dd", "", typeof value === "number" ? value.toLocaleString("en") : say(value)));
    return box;
  })));
  at("curve").hidden = !(wall && wall.curve);
  part("curve", wall && wall.curve, (place, curve) => { if (curve) CURVE.draw(place, curve, say); });
  const links = [...(wall ? wall.links : []), ...keptLinks(nth)].filter(answers);
  const local = ["127.0.0.1", "localhost"].includes(location.hostname);
  const phone = wall && links.find((link) => link.embed && wall.links.includes(link));
  part("phone", phone && local ? [address(phone), phone.loads] : "", showPhone);
  const all = links.map((link) => [say(link.label), address(link)]);
  if (head && head.beside && head.beside.console_port) all.push([say(WORDS.console), `http://${location.hostname}:${head.beside.console_port}/`]);
  part("links", all, showLinks);
  at("in-hand").hidden = !links.some((link) => link.stays);
  part("sign-ins", { people: head && head.beside ? head.beside.sign_ins : [], open: nth === 0 }, (place, told) => SIGN_INS.show(place, told, say));
  part("checks", one.checks, showChecks);
  part("tables", wall ? wall.tables : [], showTables);
}

function showSteps() {
  const followed = chosen ?? current();
  document.querySelectorAll(".step").forEach((button, nth) => {
    const state = steps[nth].state;
    button.dataset.state = state;
    if (nth === followed) button.setAttribute("aria-current", "step"); else button.removeAttribute("aria-current");
    button.querySelector(".state").textContent = { passed: "✓", failed: "✗", running: "…", waiting: "" }[state];
    const spoken = { passed: "passed", failed: "not_passed", running: "is_running", waiting: "waiting" }[state];
    button.querySelector(".spoken").textContent = `, ${say(WORDS[spoken])}`;
  });
}

function showNext() {
  const button = at("next-button"), phase = head ? head.phase : "starting";
  document.body.dataset.phase = phase;
  let words = say(WORDS[phase] || WORDS.starting);
  if (phase === "ready") words = say(head.next === 0 ? WORDS.first : WORDS.next) + (head.next ? `${head.next + 1} · ` : "") + say(PROGRAMME.steps[head.next].title);
  if (!connected && head) words = say(WORDS.gone);
  button.textContent = words;
  button.disabled = !(connected && ["ready", ...ENDED].includes(phase));
  button.classList.toggle("again", ENDED.includes(phase));
  const trouble = at("trouble");
  trouble.hidden = !(head && head.trouble);
  trouble.textContent = head ? head.trouble : "";
}

function showClock() {
  const elapsed = head ? head.elapsed_s + (head.clock_runs ? (performance.now() - heardAt) / 1000 : 0) : 0;
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  at("elapsed").textContent = `${two(elapsed / 60)}:${two(elapsed % 60)}`;
  at("spent").value = Math.min(elapsed, PROGRAMME.minutes * 60);
  document.body.classList.toggle("late", elapsed > PROGRAMME.minutes * 60);
}

function showAll() {
  at("help").hidden = Boolean(head && head.elapsed_s > 0);
  showSteps(); showStep(); showNext(); showClock();
}

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = language === "zh" ? "演示导览 · 消费券平台" : "Guided demonstration · voucher platform";
  document.querySelectorAll("[data-zh]").forEach((one) => { one.textContent = one.dataset[language]; });
  const other = at("language-button");
  other.textContent = language === "zh" ? "English" : "中文";
  other.lang = language === "zh" ? "en" : "zh-CN";
  at("steps-nav").setAttribute("aria-label", language === "zh" ? "八个步骤" : "Eight steps");
  at("spent").setAttribute("aria-label", language === "zh" ? "已用时间" : "Time used");
  at("notes-button").setAttribute("aria-pressed", String(notes));
  history.replaceState(null, "", `?lang=${language}${notes ? "&notes=1" : ""}`);
  showAll();
}

async function press(path, body) {
  try {
    await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Guide": "pressed" }, body: JSON.stringify(body) });
  } catch { /* the stream says that nobody answers */ }
}
function goOn() {
  if (at("next-button").disabled) return;
  if (ENDED.includes(head.phase)) return askReset();
  chosen = null;
  at("next-button").disabled = true;
  press("/next", { stage: head.stage, step: head.next });
}
function toggleNotes() {
  notes = !notes;
  translate();
  if (notes) at("notes").scrollIntoView({ block: "nearest" }); // whoever has scrolled down must see them come
}
function askReset() { if (!at("reset-dialog").open) at("reset-dialog").showModal(); }

function listen() {
  const stream = new EventSource("/events");
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (head && told.stage !== head.stage) chosen = null;
    if (head && told.next !== head.next && told.phase === "running") chosen = null;
    Object.entries(told.steps).forEach(([nth, one]) => { steps[nth] = one; });
    head = told; heardAt = performance.now(); connected = true;
    showAll();
  };
  stream.onerror = () => {
    connected = false;
    showAll();
    // A browser gives up for good when the answer was no stream at all.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  };
}

at("next-button").addEventListener("click", goOn);
at("notes-button").addEventListener("click", toggleNotes);
at("reset-button").addEventListener("click", askReset);
at("language-button").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; translate(); });
at("reset-dialog").addEventListener("close", () => {
  if (at("reset-dialog").returnValue === "yes" && head) press("/reset", { stage: head.stage });
  at("reset-dialog").returnValue = "";
});
document.querySelectorAll(".step").forEach((button, nth) => button.addEventListener("click", () => { chosen = nth; showAll(); at("main").scrollTop = 0; }));
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || at("reset-dialog").open) return;
  const onControl = event.target.closest && event.target.closest("button, a, input, summary, select, textarea");
  if (event.key === "ArrowRight" || (event.key === " " && !onControl)) { event.preventDefault(); goOn(); }
  else if (event.key === "n" || event.key === "N") toggleNotes();
  else if (event.key === "r" || event.key === "R") askReset();
});
translate();
setInterval(showClock, 500);
addEventListener("resize", () => { shown.delete("curve"); showStep(); });
listen();
