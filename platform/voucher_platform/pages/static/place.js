// Where the phone is: asked for only where a batch may be claimed within an area alone.

import { keep, kept } from "./page.js";

const WAIT_MS = 10_000;
const UNHEARD_MS = 60_000;
const REMEMBERED_MS = 60_000;
const TOLD = "position";
const WHY = { 1: "denied", 2: "unavailable", 3: "slow" };
const EARTH_KM = 6371;

// Resolves to {position} or {why}. `anew`: where the phone was a while ago will not do, for that was outside. A browser
// counts its own time from the owner's "Allow" on, and some say nothing at all when the question is passed over.
export function locate({ anew = false } = {}) {
  return new Promise((done) => {
    setTimeout(() => done({ why: "denied" }), UNHEARD_MS);
    if (!navigator.geolocation) return done({ why: "unavailable" });
    return navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ position: { latitude: coords.latitude, longitude: coords.longitude } }),
      (error) => done({ why: WHY[error.code] ?? "unavailable" }),
      { enableHighAccuracy: anew, timeout: WAIT_MS, maximumAge: anew ? 0 : REMEMBERED_MS });
  });
}

// Whoever has told their place once tells it with every claim of the session: one who falls silent in between looks to
// the platform like a machine that makes places up.
export function tell(position) {
  keep(sessionStorage, TOLD, JSON.stringify(position));
}

export function told() {
  return JSON.parse(kept(sessionStorage, TOLD) ?? "null");
}

// Kilometres from a place to the edge of an area, at least a tenth; along a great circle, as the platform measures.
export function kilometresOutside(area, place) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const north = radians(place.latitude - area.latitude);
  const east = radians(place.longitude - area.longitude);
  const chord = Math.sin(north / 2) ** 2
    + Math.cos(radians(area.latitude)) * Math.cos(radians(place.latitude)) * Math.sin(east / 2) ** 2;
  const far = 2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(1, chord)));
  return Math.max(0.1, Math.round((far - area.radius_m / 1000) * 10) / 10);
}
