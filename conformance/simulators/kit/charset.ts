let table: ReadonlyMap<string, readonly [number, number]> | undefined

/** GBK's two-byte characters, read out of the platform's own decoder. */
function gbkTable(): ReadonlyMap<string, readonly [number, number]> {
  const decoder = new TextDecoder('gbk')
  const found = new Map<string, readonly [number, number]>()
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail))
      const isOne = character.length === 1 && character !== '�'
      if (isOne && !found.has(character)) found.set(character, [lead, trail])
    }
  }
  return found
}

/** A text in GBK; what GBK lacks becomes a question mark, as old nodes write it. */
export function gbk(text: string): Buffer {
  table ??= gbkTable()
  const bytes: number[] = []
  for (const character of text) {
    const code = character.charCodeAt(0)
    bytes.push(...(code < 0x80 ? [code] : (table.get(character) ?? [0x3f])))
  }
  return Buffer.from(bytes)
}

export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}
