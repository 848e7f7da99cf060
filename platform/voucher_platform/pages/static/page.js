// What both pages stand on: words, elements, money and time as people read them.

const data = JSON.parse(document.getElementById("data").textContent);
export const lists = data;

// A text by its name, with {values} put in. A name without a text is shown as it is: better than nothing.
export function say(name, values = {}) {
  const text = data.words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

// The same as parts of an element, where no line breaks within a date, as it would at its hyphens.
export function sayWhole(name, values) {
  return say(name, values).split(/(\d[\d-]*-\d+)/)
    .map((part, place) => (place % 2 ? make("span", { class: "whole" }, part) : part));
}

export function knows(name) {
  return name in data.words;
}

// An element. Attributes beginning with "on" are listeners; text is always text, never markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function find(id) {
  return document.getElementById(id);
}

// Writes only what has changed, so that a reader's eye and a screen reader stay where they are.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Fen as yuan, without floating point: 3000 is "30", 12850 is "128.50".
export function yuan(fen) {
  const rest = fen % 100;
  const whole = String((fen - rest) / 100);
  return rest === 0 ? whole : `${whole}.${String(rest).padStart(2, "0")}`;
}

// Yuan as typed, to fen; null if it is no amount. Digits are moved, never multiplied.
export function fen(typed) {
  const text = typed.trim().replace(/[０-９．]/g, (c) => (c === "．" ? "." : String("０１２３４５６７８９".indexOf(c))));
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text);
  return match ? Number(match[1] + (match[2] ?? "").padEnd(2, "0")) : null;
}

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: data.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

// A moment in the city's time, "02-10 12:00", whatever the phone's own zone. With its year where that is another one
// than that of `beside`.
export function moment(when, beside = when) {
  const of = (each) => Object.fromEntries(parts.formatToParts(new Date(each)).map((part) => [part.type, part.value]));
  const found = of(when);
  const year = found.year === of(beside).year ? "" : `${found.year}-`;
  return `${year}${found.month}-${found.day} ${found.hour}:${found.minute}`;
}

const dayParts = new Intl.DateTimeFormat("en-CA", { timeZone: data.zone });

export function dayOf(when) {
  return dayParts.format(new Date(when));
}

// Milliseconds to go as 00:00:00, with days before it.
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86400);
  return days ? say("days", { days, rest }) : rest;
}

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

// Text size of the elderly edition, 18 to 30 pixels, kept for the next visit.
const SIZES = [18, 22, 26, 30];

function size(step) {
  const root = document.documentElement;
  const now = Math.max(0, SIZES.findIndex((each) => root.classList.contains(`size-${each}`)));
  const next = SIZES[Math.min(SIZES.length - 1, Math.max(0, now + step))];
  for (const each of SIZES) root.classList.toggle(`size-${each}`, each === next);
  keep(localStorage, "text size", String(next));
}

export function keep(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, value);
  } catch {
    // A browser that stores nothing: the page works on, and only a reload forgets.
  }
}

export function kept(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return null;
  }
}

const smaller = find("smaller");
if (smaller) {
  const before = SIZES.indexOf(Number(kept(localStorage, "text size")));
  size(Math.max(0, before));
  smaller.addEventListener("click", () => size(-1));
  find("larger").addEventListener("click", () => size(1));
}
