import { describe, expect, test } from 'vitest'
import { HubError } from '../../canonical/errors.js'
import { charsetOf, decodeText, decodeXmlText, encodeText } from './charset.js'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>`

function outcome(bytes: Uint8Array, contentType?: string): string {
  try {
    return decodeXmlText(bytes, contentType)
  } catch (thrown) {
    return thrown instanceof HubError ? thrown.code : String(thrown)
  }
}

// 测试 by hand: UTF-8 E6B58B E8AF95, GBK B2E2 CAD4.
const UTF8 = hex('e6b58b e8af95')
const GBK = hex('b2e2 cad4')
const SENTENCE = '核验安管人员考核合格证（测试）'

describe('the charset that is declared decides', () => {
  test.each<[name: string, bytes: Uint8Array, contentType: string | undefined, read: string]>([
    ['none: UTF-8', UTF8, undefined, '测试'],
    ['none, with a byte-order mark', hex('efbbbf e6b58b'), 'text/xml', '测'],
    ['UTF-8', UTF8, 'text/xml; charset=UTF-8', '测试'],
    ['UTF-8 in quotes', UTF8, 'text/xml;charset="utf-8"', '测试'],
    ['GBK', GBK, 'text/xml; charset=GBK', '测试'],
    ['GB2312', GBK, 'text/xml; charset=gb2312', '测试'],
    ['GB18030', GBK, 'text/xml; charset=GB18030', '测试'],
    ['a four-byte character of GB18030: 𠀀', hex('95328236'), 'text/xml; charset=GB18030', '𠀀'],
    ['the same, declared as GBK', hex('95328236'), 'text/xml; charset=GBK', '𠀀'],
    ['rare characters of names: 㐂𬱖', hex('8139ef31 9933c336'), 'text/xml; charset=GB18030', '㐂𬱖'],
    ['GBK bytes as UTF-8', GBK, 'text/xml; charset=UTF-8', 'CHARSET_MISMATCH'],
    ['GBK bytes, nothing declared', GBK, undefined, 'CHARSET_MISMATCH'],
    ['half a character', hex('b2e2ca'), 'text/xml; charset=GBK', 'CHARSET_MISMATCH'],
    ['half a four-byte character', hex('953282'), 'text/xml; charset=GB18030', 'CHARSET_MISMATCH'],
    ['a byte that GB18030 does not have', hex('ff'), 'text/xml; charset=GB18030', 'CHARSET_MISMATCH'],
    ['overlong UTF-8', hex('c080'), undefined, 'CHARSET_MISMATCH'],
    ['a surrogate in UTF-8', hex('eda080'), undefined, 'CHARSET_MISMATCH'],
    ['UTF-8 labelled GBK', Buffer.from(SENTENCE), 'text/xml; charset=GBK', 'CHARSET_MISMATCH'],
    ['UTF-16', hex('fffe6100'), 'text/xml; charset=UTF-16', 'CHARSET_UNSUPPORTED'],
    ['UTF-16 that nobody declared', hex('fffe6100'), undefined, 'CHARSET_MISMATCH'],
    ['Big5', UTF8, 'text/xml; charset=big5', 'CHARSET_UNSUPPORTED'],
    ['no name at all', UTF8, 'text/xml; charset=', 'CHARSET_UNSUPPORTED'],
  ])('%s', (_, bytes, contentType, read) => {
    expect(outcome(bytes, contentType)).toBe(read)
  })
})

describe('XML declarations', () => {
  const gbk = (text: string) => encodeText(text, 'gb18030')
  test.each<[name: string, bytes: Uint8Array, contentType: string | undefined, read: 'text' | string]>([
    ['GBK by declaration', gbk(`${declared('GBK')}<a>测试</a>`), undefined, 'text'],
    ['GBK by declaration, no charset in the header', gbk(`${declared('gb2312')}<a>测试</a>`), 'text/xml', 'text'],
    ['both GB', gbk(`${declared('GBK')}<a>测试</a>`), 'text/xml; charset=GB18030', 'text'],
    ['the two differ', gbk(`${declared('GBK')}<a>测试</a>`), 'text/xml; charset=UTF-8', 'CHARSET_MISMATCH'],
    ['the two differ over ASCII', gbk(`${declared('UTF-8')}<a/>`), 'text/xml; charset=GBK', 'CHARSET_MISMATCH'],
    ['unsupported', gbk(`${declared('Shift_JIS')}<a/>`), undefined, 'CHARSET_UNSUPPORTED'],
    ['in single quotes', gbk("<?xml version='1.0' encoding='GBK'?><a>测试</a>"), undefined, 'text'],
  ])('%s', (_, bytes, contentType, read) => {
    const text = outcome(bytes, contentType)
    expect(read === 'text' ? text.endsWith('<a>测试</a>') : text).toBe(read === 'text' ? true : read)
  })
})

test('both charsets hold all of Unicode', () => {
  const text = `中文 ascii ㆍ 㐂 𠀀 😀 ﹏ € ${SENTENCE}`
  for (const charset of ['utf-8', 'gb18030'] as const) expect(decodeText(encodeText(text, charset), charset)).toBe(text)
  expect(Buffer.from(encodeText('测试𠀀', 'gb18030'))).toEqual(hex('b2e2cad495328236'))
})

test('short text in GBK is not taken for UTF-8', () => {
  // 联通 in GBK looks like two characters of UTF-8 to lax decoders.
  expect(decodeText(hex('c1aacda8'), 'gb18030')).toBe('联通')
  expect(charsetOf('text/xml')).toBeNull()
})
