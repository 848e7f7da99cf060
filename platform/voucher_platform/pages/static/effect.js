// One effect at most: a redemption or a refund under one key, kept in the session until the platform has answered.

import { call, Lost, newKey, waitOf } from "./calls.js";
import { keep, kept, pause } from "./page.js";

const TRIES = 3;

export class Effect {
  // `name`: under which an attempt without an answer is kept.
  constructor(name) {
    this.name = `effect ${name}`;
    this.working = false;
  }

  // The body of the attempt that has no answer yet, or null.
  body() {
    return this.stored()?.body ?? null;
  }

  stored() {
    const text = kept(sessionStorage, this.name);
    return text ? JSON.parse(text) : null;
  }

  // Sends `body`, or again what has had no answer: then with its own key and body, whatever is asked now.
  // Resolves to {kind: "done", body}, {kind: "refused", code, body} or {kind: "unsure", seconds}.
  async run(path, body) {
    this.working = true;
    const attempt = this.stored() ?? { key: newKey(), body };
    keep(sessionStorage, this.name, JSON.stringify(attempt));
    let seconds = null;
    try {
      for (let tries = 0; tries < TRIES; tries += 1) {
        try {
          const reply = await call("POST", path, attempt);
          seconds = reply.status === 503 || reply.status === 429 ? Math.ceil(waitOf(reply) / 1000) : null;
          if (seconds === null) return this.ended(reply);
          await pause(waitOf(reply));
        } catch (error) {
          if (!(error instanceof Lost)) throw error;
          seconds = null;
          await pause(400 * 2 ** tries * (0.5 + Math.random()));
        }
      }
      return { kind: "unsure", seconds };
    } finally {
      this.working = false;
    }
  }

  // The platform looks for an earlier effect under the key before it refuses anything, so a refusal is final.
  ended(reply) {
    if (reply.status !== 401) keep(sessionStorage, this.name, null);
    if (reply.status === 200 || reply.status === 201) return { kind: "done", body: reply.body };
    return { kind: "refused", code: reply.body.code, body: reply.body };
  }
}
