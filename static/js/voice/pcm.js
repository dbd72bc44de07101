// 16-bit samples on the wire, floats in the browser: the conversions, and how loud a block is.

/** Floats in -1…1 to 16-bit samples; what lies outside is clipped. */
export function pcm16FromFloat(samples) {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) {
    pcm[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32767)));
  }
  return pcm;
}

/** Little-endian 16-bit samples (an ArrayBuffer; an odd last byte is left out) to floats. */
export function floatFromPcm16(buffer) {
  const view = new DataView(buffer);
  const samples = new Float32Array(buffer.byteLength >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(i * 2, true) / 32768;
  return samples;
}

/** Root mean square of floats, 0 for none. */
export function rms(samples) {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < samples.length; i += 1) sum += samples[i] * samples[i];
  return Math.sqrt(sum / samples.length);
}

const QUIET_DB = -54;
const LOUD_DB = -12;

/** How far a meter goes (0…1) for an RMS value; the ear is logarithmic, so the scale is in decibels. */
export function levelFromRms(value) {
  if (value <= 0) return 0;
  const db = 20 * Math.log10(value);
  return Math.max(0, Math.min(1, (db - QUIET_DB) / (LOUD_DB - QUIET_DB)));
}
