import { type CommandSpec, passphraseOption } from './spec.js'

export const keysNewCommand: CommandSpec = {
  name: 'keys new',
  about: { zh: '生成一个用口令封存的 SM2 密钥', en: 'generate an SM2 key, sealed with a passphrase' },
  examples: [
    {
      line: 'hutong keys new config/keys/sign-2.json --id fujian-sign-2 --passphrase-file secrets/passphrase',
      about: { zh: '轮换签名密钥', en: 'for a rotation of the signing key' },
    },
    {
      line: 'hutong keys new encrypt.json --id fujian-encrypt-2 --use encrypt',
      about: { zh: '口令当场输入', en: 'the passphrase is asked for' },
    },
  ],
  arguments: [
    {
      name: '<file>',
      about: { zh: '要写的密钥文件；已有的不覆盖', en: 'key file to write; one that exists is left alone' },
    },
  ],
  options: [
    { flags: '--id <id>', about: { zh: '密钥标识', en: 'key id' }, required: true },
    {
      flags: '--use <use>',
      about: { zh: '用途', en: 'what it is for' },
      choices: ['sign', 'encrypt', 'hash'],
      fallback: 'sign',
    },
    passphraseOption,
  ],
  load: async () => (await import('../keys.js')).newKey,
}

export const keysShowCommand: CommandSpec = {
  name: 'keys show',
  about: { zh: '密钥文件的公开部分，供对方登记', en: 'the public part of a key file, for peers to enrol' },
  examples: [
    { line: 'hutong keys show config/keys/sign.json', about: { zh: '标识、用途、公钥', en: 'id, use, public key' } },
  ],
  arguments: [{ name: '<file>', about: { zh: '密钥文件', en: 'key file' } }],
  load: async () => (await import('../keys.js')).showKey,
}
