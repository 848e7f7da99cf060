// Claiming. The button must never lie: "claimed" is shown only when the platform said so, "not claimed" only when the
// platform said so and no request of the same intention can still come through.
//
// One key for one intention, kept in the session until the platform has given a final answer. Whatever is lost on the
// way is asked again with that key, also after a reload, so a second voucher can never come of it.

import { call, Lost, newKey, waitOf } from "./calls.js";
import { keep, kept, pause } from "./page.js";

const TRIES = 6;
const BUSY_TRIES = 3;
const POLLS = 15;
const PREFIX = "claim ";

// What the page may show of a batch besides what the lists say:
//   {kind: "asking"} · {kind: "unsure"} · {kind: "busy" | "too_often", until, again} · {kind: "refused", code}
export class Claims {
  constructor({ changed, won, held }) {
    this.notes = new Map();
    this.working = new Set();
    this.changed = changed;
    this.won = won;
    this.held = held;
  }

  // Claim a voucher of the batch, or find out what became of the attempt before. A second press does nothing.
  async claim(batch, position = null) {
    if (this.working.has(batch.id)) return;
    this.working.add(batch.id);
    this.note(batch.id, { kind: "asking" });
    try {
      await this.pursue(batch.id, position);
    } finally {
      this.working.delete(batch.id);
      this.changed(batch.id);
    }
  }

  // After a reload: whatever was sent and never answered is asked again.
  resume(batches) {
    for (const batch of batches) {
      if (read(batch.id)?.unsure) this.claim(batch, read(batch.id).position);
    }
  }

  // "Sold out" and the like are what was so then: the lists may know better by now.
  forgetRefusal(batchId) {
    if (this.notes.get(batchId)?.kind === "refused") this.notes.delete(batchId);
  }

  note(batchId, note) {
    if (note === null) this.notes.delete(batchId);
    else this.notes.set(batchId, note);
    this.changed(batchId);
  }

  async pursue(batchId, position) {
    const attempt = read(batchId) ?? { key: newKey(), unsure: false, position };
    let busy = 0;
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        const end = await this.ask(batchId, attempt);
        if (end.kind === "won" || end.kind === "refused") return this.finish(batchId, end);
        if (end.kind === "wait") {
          busy += end.code === "rate_limited" ? BUSY_TRIES : 1;
          const again = end.before || busy < BUSY_TRIES;
          const kind = end.code === "rate_limited" ? "too_often" : "busy";
          this.note(batchId, { kind, until: Date.now() + end.wait, again });
          await pause(end.wait);
          if (!again) return await this.rest(batchId, attempt, kind);
        }
        this.note(batchId, { kind: "asking" });
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        await pause(500 * 2 ** Math.min(tries, 4) * (0.5 + Math.random()));
      }
    }
    return this.note(batchId, { kind: "unsure" });
  }

  // Nothing more is sent until the next press. A browser may itself have sent the request twice, and have heard only
  // the second refused for its haste: so the key is looked up before the button says that nothing was claimed.
  async rest(batchId, attempt, kind) {
    const found = await this.verified(batchId, attempt, { kind: "none" });
    if (found.kind === "won") return this.finish(batchId, found);
    mark(batchId, attempt, found.kind !== "none");
    return this.note(batchId, found.kind === "none" ? { kind, until: 0, again: false } : { kind: "unsure" });
  }

  // One attempt. From the moment it leaves until its answer is here the attempt is unsure, and stored as such.
  async ask(batchId, attempt) {
    const before = attempt.unsure;
    mark(batchId, attempt, true);
    const body = attempt.position ? { position: attempt.position } : {};
    const reply = await call("POST", `/v1/batches/${batchId}/claims`, { body, key: attempt.key });
    if (reply.status === 201) return { kind: "won", voucher: reply.body };
    if (reply.status === 202) return this.poll(reply);
    if (reply.status === 429 || reply.status === 503) {
      return { kind: "wait", code: reply.body.code, wait: waitOf(reply), before };
    }
    if (reply.status === 401) {
      mark(batchId, attempt, before);
      return { kind: "refused", code: reply.body.code, keeps: true };
    }
    const refused = { kind: "refused", code: reply.body.code, keeps: false };
    return before ? this.verified(batchId, attempt, refused) : refused;
  }

  // 202 is no answer yet. Its address tells the end; where it ends refused, the claim itself is asked for the reason.
  async poll(pending) {
    for (let polls = 0; polls < POLLS; polls += 1) {
      await pause(waitOf(pending));
      const reply = await call("GET", new URL(pending.body.status_url, location.origin).pathname);
      if (reply.status === 200) return { kind: "won", voucher: reply.body };
      if (reply.status !== 202 && reply.status !== 503 && reply.status !== 429) return { kind: "again" };
    }
    throw new Lost("pending for too long");
  }

  // A refusal after a lost reply is believed only when the platform knows of no claim under the key.
  async verified(batchId, attempt, refused) {
    const found = await call("GET", `/v1/batches/${batchId}/claims/${attempt.key}`);
    if (found.status === 200) return { kind: "won", voucher: found.body };
    if (found.status === 202) return this.poll(found);
    if (found.status === 404) return refused;
    throw new Lost(`status ${found.status}`);
  }

  // The key has served; only who is signed out asks again with it.
  finish(batchId, end) {
    if (!end.keeps) keep(sessionStorage, PREFIX + batchId, null);
    if (end.kind === "won") {
      this.won(end.voucher);
      this.note(batchId, null);
      return undefined;
    }
    this.note(batchId, { kind: "refused", code: end.code });
    // Later: lists asked for before this claim has ended would be dropped.
    if (end.code === "limit_reached") setTimeout(this.held, 0);
    return undefined;
  }
}

function mark(batchId, attempt, unsure) {
  attempt.unsure = unsure;
  keep(sessionStorage, PREFIX + batchId, JSON.stringify(attempt));
}

function read(batchId) {
  const stored = kept(sessionStorage, PREFIX + batchId);
  return stored ? JSON.parse(stored) : null;
}
