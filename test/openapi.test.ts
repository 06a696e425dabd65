import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { envelope } from '../src/adapters/canonical/envelope.js'
import { fields } from '../src/adapters/canonical/fields.js'
import { errorBody } from '../src/canonical/error-body.js'
import { type ErrorCode, errorTable, HubError } from '../src/canonical/errors.js'
import { encumbrances, lifecycleStates } from '../src/canonical/lifecycle.js'
import { purposeCategories } from '../src/canonical/purpose.js'
import type { Receipt } from '../src/canonical/receipt.js'
import { verdictCodes, verdictReport } from '../src/canonical/verdict.js'
import { resolveLicence, resolveSearch } from '../src/routes/resolve.js'
import { routeRules } from '../src/routes/route-decision.js'
import { compileRoutes } from '../src/routes/route-table.js'
import type { Health, PublishedKey } from '../src/server/runtime.js'
import { requests } from './dialect-arbitraries.js'
import { goldenReply, goldenRequest } from './golden.js'

type Json = { readonly [key: string]: Json } & { readonly example?: unknown; readonly $ref?: string }

const text = readFileSync(fileURLToPath(new URL('../spec/openapi.yaml', import.meta.url)), 'utf8')
const document = parse(text, { uniqueKeys: true }) as Json
const schemas = at(document, 'components', 'schemas')
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
ajv.addSchema(
  JSON.parse(JSON.stringify({ $id: 'api', $defs: schemas }).replaceAll('#/components/schemas/', '#/$defs/')) as object,
)

function at(json: Json | undefined, ...path: readonly string[]): Json {
  const found = path.reduce<Json | undefined>((inner, key) => inner?.[key], json)
  if (found === undefined) throw new Error(`no ${path.join('/')}`)
  return found
}

function validatorOf(name: string): ValidateFunction {
  const validate = ajv.getSchema(`api#/$defs/${name}`)
  if (validate === undefined) throw new Error(`no schema ${name}`)
  return validate
}

/** The faults of a value under a schema of the document; empty when it is valid. */
function faults(name: string, value: unknown): readonly string[] {
  const validate = validatorOf(name)
  validate(JSON.parse(JSON.stringify(value)))
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** Every object in the document with its path. */
function* objectsIn(json: unknown, path = '#'): Generator<readonly [string, Json]> {
  if (typeof json !== 'object' || json === null) return
  yield [path, json as Json]
  for (const [key, inner] of Object.entries(json)) yield* objectsIn(inner, `${path}/${key}`)
}

const objects = [...objectsIn(document)]
const refs = objects.flatMap(([path, { $ref }]) => (typeof $ref === 'string' ? [[path, $ref] as const] : []))
const examples = objects.flatMap(([path, { schema, example }]) =>
  example === undefined ? [] : [[path, String(schema?.$ref).split('/').at(-1) ?? '', example] as const],
)

test.each(refs)('%s refers to something', (_path, ref) => {
  expect(at(document, ...ref.replace('#/', '').split('/'))).toBeTypeOf('object')
})

test.each(Object.keys(schemas))('%s is a schema', (name) => {
  expect(validatorOf(name)).toBeTypeOf('function')
})

test.each(examples)('the example at %s is valid', (_path, name, example) => {
  expect(faults(name, example)).toEqual([])
})

test('the paths and their methods', () => {
  const listed = Object.entries<object>(at(document, 'paths')).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(listed).toEqual([
    'POST /v1/search',
    'POST /v1/getData',
    'POST /v1/verifyData',
    'POST /v1/explain',
    'POST /v1/public/verify',
    'GET /v1/receipts/{no}',
    'GET /v1/keys',
    'GET /health',
    'GET /metrics',
  ])
})

describe.each([
  ['verify-data', 'VerifyDataRequest', 'VerifyDataAnswer'],
  ['get-data', 'GetDataRequest', 'GetDataAnswer'],
  ['search', 'SearchRequest', 'SearchAnswer'],
  ['error', 'GetDataRequest', 'Error'],
])('the golden messages of %s', (file, asked, answered) => {
  const read = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString())
  const bodies = [
    [asked, read(goldenRequest(file).body)],
    [answered, read(goldenReply(file).body)],
  ] as const

  test('are valid', () => {
    expect(bodies.flatMap(([name, body]) => faults(name, body))).toEqual([])
  })

  test('are the examples', () => {
    for (const [name, body] of bodies) {
      expect(examples.filter(([, other]) => other === name).map(([, , example]) => example)).toContainEqual(body)
    }
  })
})

describe('the lists are the program’s', () => {
  const lifecycle = at(schemas, 'Lifecycle', 'properties')
  const error = at(schemas, 'Error', 'properties', 'error', 'properties')
  const decision = at(schemas, 'Explanation', 'properties', 'decision', 'properties')
  const used = (key: 'origin' | 'stage') => new Set(Object.values(errorTable).map((entry) => entry[key]))
  test.each<[string, Json, readonly unknown[]]>([
    ['life-cycle states', at(lifecycle, 'state'), lifecycleStates],
    ['encumbrances', at(lifecycle, 'encumbrances', 'items'), encumbrances],
    ['verdict codes', at(schemas, 'VerdictCode'), verdictCodes],
    [
      'categories from outside',
      at(schemas, 'Purpose', 'properties', 'category'),
      purposeCategories.filter((category) => category !== 'public'),
    ],
    ['rules of a route', at(decision, 'rule'), [...routeRules, null]],
  ])('%s', (_name, schema, list) => {
    expect(schema['enum']).toEqual(list)
  })

  test('origins and stages of errors', () => {
    expect(error['origin']?.['enum']).toEqual(expect.arrayContaining([...used('origin')]))
    expect(error['stage']?.['enum']).toEqual(expect.arrayContaining([...used('stage')]))
  })
})

describe('what the program writes is valid', () => {
  test.each(Object.keys(errorTable) as ErrorCode[])('the error %s', (code) => {
    const error = new HubError(code, { subject: 'licenceId', tried: ['division: 35'] })
    expect(faults('Error', errorBody(error, 'trace-0001'))).toEqual([])
    expect(faults('Error', errorBody(new HubError(code), null))).toEqual([])
  })

  test.each(verdictCodes)('a report of %s', (code) => {
    const status = { value: 'UNDETERMINED', reason: 'ISSUER_TIMEOUT', evidence: null } as const
    expect(faults('VerdictReport', verdictReport({ code, parts: { status }, fields: { name: 'unknown' } }))).toEqual([])
  })

  test('any request, unless it is a public one, which nobody may send', () => {
    const schemaOf = { search: 'SearchRequest', getData: 'GetDataRequest', verifyData: 'VerifyDataRequest' }
    fc.assert(
      fc.property(
        requests.filter(({ purpose }) => purpose.category !== 'public'),
        (request) => {
          const { body } = envelope.writeRequest(fields.fromRequest(request).value, '')
          expect(faults(schemaOf[request.operation], JSON.parse(Buffer.from(body).toString()))).toEqual([])
        },
      ),
    )
  })

  test('explanations: found, unknown, and of a search that names nobody', () => {
    const table = compileRoutes({ spokes: [{ name: 'hunan', node: '43', divisions: ['430000'] }], configVersion: 'v1' })
    const type = '11100000000013338W011'
    const decisions = [
      resolveLicence(table, { type, issuer: '11430000006122244L' }),
      resolveLicence(table, { type, issuer: '11350000006122244L' }),
      resolveSearch(table, { typeCode: null, issuer: null, division: null }),
    ]
    expect(decisions.map(({ spoke }) => spoke)).toEqual(['hunan', null, null])
    expect(decisions.flatMap((decision) => faults('Explanation', { decision }))).toEqual([])
  })

  test('keys, health and a receipt', () => {
    const key: PublishedKey = { keyId: 'k-1', use: 'encrypt', algorithm: 'SM2', publicKey: `04${'0a'.repeat(64)}` }
    const health: Health = {
      status: 'failing',
      configVersion: 'v1',
      checks: [{ name: 'audit', ok: false, detail: '' }],
      spokes: { hunan: 'half-open' },
    }
    const sm3 = '0a'.repeat(32)
    const receipt: Receipt = {
      v: 1,
      no: 'HT20231115-0000007-7QK4',
      at: '2023-11-14T22:13:20.000Z',
      requestSm3: sm3,
      answerSm3: sm3,
      code: 'VALID',
      route: 'hunan',
      configVersion: 'v1',
      log: 'gateway.test/log',
      index: 7,
      keyId: 'k-1',
      signature: `${'A'.repeat(86)}==`,
      proof: {
        record: {
          index: 7,
          at: '2023-11-14T22:13:20.000Z',
          trace: 'trace-0001',
          caller: 'guangdong',
          operation: 'verifyData',
          type: null,
          holderHash: null,
          licenceHash: sm3,
          itemCode: 'TEST-0001',
          caseHash: null,
          operator: 'asserted',
          route: 'hunan',
          outcome: 'answered',
          code: 'VALID',
          requestSm3: sm3,
          answerSm3: sm3,
          configVersion: 'v1',
          ms: 3,
        },
        path: [`${'A'.repeat(43)}=`],
        checkpoint: 'gateway.test/log\n8\n',
      },
    }
    expect(faults('Keys', { keys: [key] })).toEqual([])
    expect(faults('Health', health)).toEqual([])
    expect(faults('Receipt', receipt)).toEqual([])
    expect(faults('VerdictReport', { ...verdictReport({ code: 'VALID', parts: {} }), receipt })).toEqual([])
  })
})

describe('what the dialect refuses is refused', () => {
  const question = JSON.parse(Buffer.from(goldenRequest('verify-data').body).toString()) as Record<string, unknown>
  const purpose = question['purpose'] as Record<string, unknown>
  test.each<[string, Record<string, unknown>]>([
    ['no purpose', { ...question, purpose: undefined }],
    ['a mistyped member', { ...question, claim: {} }],
    ['a mistyped member of the purpose', { ...question, purpose: { ...purpose, caseNo: '1' } }],
    [
      'an operator that vouches for itself',
      { ...question, purpose: { ...purpose, operator: { id: 'a', assurance: 'authenticated' } } },
    ],
    ['the public category', { ...question, purpose: { ...purpose, category: 'public' } }],
    ['an item without its code', { ...question, purpose: { ...purpose, itemCode: null } }],
    [
      'an inspection without its plan',
      { ...question, purpose: { ...purpose, category: 'inspection', caseNumber: undefined } },
    ],
    ['nine hops', { ...question, hops: Array(9).fill('gateway-a') }],
    ['a deadline in words', { ...question, deadline: '2023-11-14T22:13:28Z' }],
    ['an empty trace', { ...question, trace: '' }],
    ['a licence of small letters', { ...question, licenceId: String(question['licenceId']).toLowerCase() }],
    ['a claim that is a number', { ...question, claims: { number: 403 } }],
  ])('%s', (_name, body) => {
    expect(faults('VerifyDataRequest', body)).not.toEqual([])
    const wire = { ...goldenRequest('verify-data'), body: Buffer.from(JSON.stringify(body)) }
    expect(() => fields.toRequest(envelope.readRequest(wire))).toThrow(HubError)
  })
})
