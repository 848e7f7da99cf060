// Claiming. The button must never lie: "claimed" is shown only when the platform said so, "not claimed" only when the
// platform said so and no request of the same intention can still come through.
//
// One key for one intention, kept in the session until the platform has given a final answer. Whatever is lost on the
// way is asked again with that key, also after a reload, so a second voucher can never come of it.

import { call, Lost, newKey, waitOf } from "./calls.js";
import { keep, kept, pause } from "./page.js";
import { kilometresOutside, locate, tell, told } from "./place.js";

const TRIES = 6;
const BUSY_TRIES = 3;
const POLLS = 15;
const PREFIX = "claim ";
const PLACE = new Set(["position_missing", "outside_area"]);

// What the page may show of a batch besides what the lists say:
//   {kind: "asking", hint} · {kind: "unsure"} · {kind: "busy" | "too_often", until, again} ·
//   {kind: "refused", code, why, km}: why the phone did not tell its place, how far it is outside the area
export class Claims {
  constructor({ changed, won, held }) {
    this.notes = new Map();
    this.working = new Set();
    this.changed = changed;
    this.won = won;
    this.held = held;
  }

  // Claim a voucher of the batch, or find out what became of the attempt before. A second press does nothing.
  async claim(batch) {
    if (this.working.has(batch.id)) return;
    this.working.add(batch.id);
    try {
      await this.pursue(batch);
    } finally {
      this.working.delete(batch.id);
      this.changed(batch.id);
    }
  }

  // After a reload: whatever was sent and never answered is asked again.
  resume(batches) {
    for (const batch of batches) {
      if (read(batch.id)?.unsure) this.claim(batch);
    }
  }

  // "Sold out" and the like are what was so then: the lists may know better by now. They know nothing of a place, and
  // whoever goes outdoors with the phone must still find there what to do.
  forgetRefusal(batchId) {
    const note = this.notes.get(batchId);
    if (note?.kind === "refused" && !PLACE.has(note.code)) this.notes.delete(batchId);
  }

  note(batchId, note) {
    if (note === null) this.notes.delete(batchId);
    else this.notes.set(batchId, note);
    this.changed(batchId);
  }

  async pursue(batch) {
    const batchId = batch.id;
    const outside = this.notes.get(batchId)?.code === "outside_area";
    let attempt = read(batchId);
    if (!attempt) {
      const place = batch.claim_area ? await this.located(batchId, outside) : { position: told() };
      if (place.why) return this.note(batchId, { kind: "refused", code: "position_missing", why: place.why });
      attempt = { key: newKey(), unsure: false, position: place.position };
    }
    this.note(batchId, { kind: "asking" });
    let busy = 0;
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        const end = await this.ask(batchId, attempt);
        if (end.kind === "won" || end.kind === "refused") return this.finish(batch, attempt, end);
        if (end.kind === "wait") {
          busy += end.code === "rate_limited" ? BUSY_TRIES : 1;
          const again = end.before || busy < BUSY_TRIES;
          const kind = end.code === "rate_limited" ? "too_often" : "busy";
          this.note(batchId, { kind, until: Date.now() + end.wait, again });
          await pause(end.wait);
          if (!again) return await this.rest(batch, attempt, kind);
        }
        this.note(batchId, { kind: "asking" });
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        this.note(batchId, { kind: "asking", hint: "next.lost" });
        await pause(500 * 2 ** Math.min(tries, 4) * (0.5 + Math.random()));
      }
    }
    return this.note(batchId, { kind: "unsure" });
  }

  // A place is asked for once the press is acknowledged: a phone may take seconds, and its owner may be asked first.
  async located(batchId, anew) {
    this.note(batchId, { kind: "asking", hint: "next.locating" });
    const place = await locate({ anew });
    if (place.position) tell(place.position);
    return place;
  }

  // Nothing more is sent until the next press. A browser may itself have sent the request twice, and have heard only
  // the second refused for its haste: so the key is looked up before the button says that nothing was claimed.
  async rest(batch, attempt, kind) {
    const batchId = batch.id;
    const found = await this.verified(batchId, attempt, { kind: "none" });
    if (found.kind === "won") return this.finish(batch, attempt, found);
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
    if (reply.status === 202) return this.poll(batchId, reply);
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
  async poll(batchId, pending) {
    this.note(batchId, { kind: "asking", hint: "next.pending" });
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
    if (found.status === 202) return this.poll(batchId, found);
    if (found.status === 404) return refused;
    throw new Lost(`status ${found.status}`);
  }

  // The key has served; only who is signed out asks again with it.
  finish(batch, attempt, end) {
    const batchId = batch.id;
    if (!end.keeps) keep(sessionStorage, PREFIX + batchId, null);
    if (end.kind === "won") {
      this.won(end.voucher);
      this.note(batchId, null);
      return undefined;
    }
    const km = end.code === "outside_area" && batch.claim_area && attempt.position
      ? kilometresOutside(batch.claim_area, attempt.position) : null;
    this.note(batchId, { kind: "refused", code: end.code, km });
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
