declare const verified: unique symbol
/** An administrative division (行政区划) as six digits, padded with zeros. */
export type Division = string & { readonly [verified]: 'Division' }

/**
 * Reads a division written with 2, 6 or 12 digits (`43`, `430000`, `430000000000`); a 12-digit code below county
 * level keeps its county. Undefined for anything else. Whether the division exists is the registry's to say.
 */
export function readDivision(text: string): Division | undefined {
  if (!/^(?:\d{2}|\d{6}|\d{12})$/.test(text) || text.startsWith('0')) return undefined
  return text.padEnd(6, '0').slice(0, 6) as Division
}
