// What is shown of a batch. Pure: from what the lists say, what a claim was answered, and the platform's time.

// Returns {state, action, hint, until, reason, km}; `action` is what the button does, null for a button that is off.
export function stateOf({ batch, held, note, now, clock }) {
  const of = (state, action = null, more = {}) => ({ state, action, hint: `next.${state}`, until: null, ...more });
  if (note?.kind === "asking") return of("asking", null, note.hint ? { hint: note.hint } : {});
  if (note?.kind === "unsure") return of("unsure", "check");
  if (note?.kind === "busy" || note?.kind === "too_often") {
    const waiting = note.until > clock;
    if (waiting || note.again) {
      const hint = note.again && note.kind === "busy" ? "next.busy_again" : `next.${note.kind}`;
      return of(note.kind, null, { hint, until: note.until });
    }
  }
  const gone = batch.remaining === 0 || note?.code === "sold_out";
  if (held >= batch.per_person_limit || note?.code === "limit_reached") return of("claimed", "show");
  if (batch.state === "stopped") return of("ended");
  if (now >= Date.parse(batch.claim_closes_at)) return of("ended");
  if (batch.state === "paused") return of("paused");
  if (now < Date.parse(batch.claim_opens_at)) return of("not_open");
  if (gone) return held > 0 ? of("claimed", "show") : of("sold_out");
  if (note?.kind === "refused") return refused(of, note);
  const action = held > 0 ? "claim_again" : note ? "retry" : "claim";
  return of("open", action);
}

const LATER = ["not_open"];
const OVER = ["claimed", "sold_out", "paused", "ended", "refused"];

// Whether a voucher can still be used, now or later. What has run out is `issued` until the platform has swept it.
export function isUsable(voucher, now) {
  return voucher.state === "issued" && now < Date.parse(voucher.valid_until);
}

// Where a batch in this state stands in the list: 0 what can be claimed, 1 what will be, 2 what one has a voucher of
// that can still be used, 3 the rest.
export function placeOf(state, usable) {
  if (OVER.includes(state)) return usable ? 2 : 3;
  return LATER.includes(state) ? 1 : 0;
}

function refused(of, { code, why, km }) {
  if (code === "paused") return of("paused");
  if (code === "closed") return of("ended");
  if (code === "not_open") return of("open", "retry", { hint: "advice.not_open" });
  const again = code === "position_missing" || code === "outside_area" ? "retry" : null;
  const hint = why ? `advice.position_${why}` : km ? "advice.outside_by" : `advice.${code}`;
  return of("refused", again, { hint, reason: `refusal.${code}`, km });
}
