const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, 'utf8'))

/** A signature as the self-test sees it. */
export interface SignatureVector {
  readonly point: Uint8Array
  readonly za: Uint8Array
  readonly message: Uint8Array
  readonly r: Uint8Array
  readonly s: Uint8Array
}

const officialPoint = hex(
  '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
)
const officialZa = hex('b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3')

/** GB/T 32918.5 (GM/T 0003.5) example on the recommended curve (EST; spec/vectors/gm_official.json). */
export const official = {
  d: hex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8'),
  k: 0x59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21n,
  point: officialPoint,
  za: officialZa,
  message: text('message digest'),
  e: hex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640'),
  r: hex('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3'),
  s: hex('b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'),
} as const satisfies SignatureVector & Record<string, unknown>

/** The official key and message under another user id; signed and checked with OpenSSL 3.0 (distid). */
export const secondUserId = {
  userId: 'ALICE123@YAHOO.COM',
  r: hex('25054925e4c1a9f69511700e2c0a15ba4de2e5d4bbe7978b6052c87f5c031b31'),
  s: hex('538ce54eb7778bb079bb822f65693fea52130cff413cd4ac5f6dd37a4f528154'),
} as const

const one = hex('0000000000000000000000000000000000000000000000000000000000000001')
const zero = new Uint8Array(32)

/**
 * A genuine signature with r = s = 1. Its key is P = (r+s)⁻¹(R - sG) for a point R with x = r - e, so nobody knows the
 * private key, but the equation holds. n+1 fits in 32 bytes, so a verifier that reduces instead of refusing accepts
 * r+n and s+n.
 */
export const smallest: SignatureVector = {
  point: hex(
    '04f86dbed6a20e4f876730caf9f5148ef58e64abef1619be4739497b5010976449e162c8076af47c03e65bbaa4396715a09040390ea4fda284bf80c06dc9b10611',
  ),
  za: officialZa,
  message: official.message,
  r: one,
  s: one,
}
export const onePlusOrder = hex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54124')

/** Not signatures, but each fits the equation: it is refused by a range check or accepted. */
export const forgeries: readonly (SignatureVector & { readonly name: string })[] = [
  {
    name: 'r = 0 is refused',
    point: hex(
      '04b7117b43fb40d0b0f951c6fab050e95255fb26881071cde42fe71779044239c6bd470df48bfe6c2d398fbb1248aa6441022a6e59db21f86ca3c8e411c49c338a',
    ),
    za: officialZa,
    message: text('message digest 2'),
    r: zero,
    s: one,
  },
  {
    name: 's = 0 is refused',
    point: hex(
      '040f4bc16a45ba533553196d12acbc7d145a1d341107f789f95f7384297902bae4ef0ac9384f1a7d60f2236cf9b297d6042626ae9d8430d73f15016ae5381989cc',
    ),
    za: officialZa,
    message: official.message,
    r: one,
    s: zero,
  },
  {
    // s = -ed/(1+d) makes sG + tP infinite; taking its x for 0 leaves r = e, which holds.
    name: 'a sum at infinity is refused',
    point: officialPoint,
    za: officialZa,
    message: official.message,
    r: official.e,
    s: hex('3da760dd7383633800a1adecfe9790f8ee194f453a81b16507c3285b8f170e1b'),
  },
]

/** Keys that no engine may import. */
export const refusedPoints: readonly { readonly name: string; readonly point: Uint8Array }[] = [
  { name: 'a key off the curve is refused', point: officialPoint.with(64, 0x12) },
  { name: 'the point at infinity is refused', point: Uint8Array.of(0) },
  { name: 'a key of zeros is refused', point: new Uint8Array(65).with(0, 4) },
  { name: 'a hybrid key is refused', point: officialPoint.with(0, 0x07) },
  { name: 'a compressed key is refused', point: officialPoint.slice(0, 33).with(0, 0x03) },
  {
    // (1+p, y) reduces to (1, y), which is on the curve.
    name: 'a coordinate over p is refused',
    point: hex(
      '04fffffffeffffffffffffffffffffffffffffffff000000010000000000000000' +
        '9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3',
    ),
  },
]

export const refusedScalars: readonly { readonly name: string; readonly d: Uint8Array }[] = [
  { name: 'the private key 0 is refused', d: zero },
  {
    name: 'the private key n-1 is refused',
    d: hex('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122'),
  },
  { name: 'a private key of 31 bytes is refused', d: official.d.slice(1) },
]

/** GB/T 32905 Annex A. */
export const officialSm3 = {
  message: text('abc'),
  digest: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
} as const

/** GB/T 32907 Annex A: key and plain text are the same 16 bytes. */
export const officialSm4 = {
  key: hex('0123456789abcdeffedcba9876543210'),
  cipher: '681edf34d206965e86b3e94f536e4246',
} as const
