// A photo of a code: made small here, for a phone's picture is ten times what a slow line wants, and read there.

import { call, Lost } from "./calls.js";
import { say } from "./page.js";

const LONGEST = 1600;
const WAIT_MS = 30_000;
const MAX_BYTES = 2_000_000;

// Resolves to {code, told}: the code or null, and what to tell the cashier.
export async function readPhoto(file) {
  const small = await shrunk(file);
  if (small.size > MAX_BYTES) return { code: null, told: say("photo.too_large") };
  try {
    const reply = await call("POST", "/pages/photo", { file: small, wait: WAIT_MS });
    if (reply.status === 413) return { code: null, told: say("photo.too_large") };
    if (reply.status === 503) return { code: null, told: say("busy", { seconds: 2 }) };
    if (reply.status !== 200) return { code: null, told: say(`refusal.${reply.body.code}`) };
    const { code, fault } = reply.body;
    return { code, told: say(code ? "photo.found" : `photo.${fault}`) };
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    return { code: null, told: say("no_network") };
  }
}

// What the browser cannot open goes as it is: the platform says what is wrong with it.
async function shrunk(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.85));
}
