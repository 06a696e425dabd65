import { auditShowCommand, auditVerifyCommand } from './audit.js'
import { configCheckCommand, configDiffCommand, configInitCommand, configShowCommand } from './config.js'
import { keysNewCommand, keysShowCommand } from './keys.js'
import { explainCommand, receiptVerifyCommand, verifyCommand } from './licence.js'
import { demoCommand, doctorCommand, serveCommand } from './network.js'
import type { CommandSpec, GroupSpec } from './spec.js'
import { spokeAddCommand, spokeListCommand, spokeTestCommand } from './spoke.js'

/** Every command, in the order of the help. */
export const commandSpecs: readonly CommandSpec[] = [
  demoCommand,
  serveCommand,
  verifyCommand,
  explainCommand,
  doctorCommand,
  configInitCommand,
  configCheckCommand,
  configShowCommand,
  configDiffCommand,
  spokeListCommand,
  spokeAddCommand,
  spokeTestCommand,
  keysNewCommand,
  keysShowCommand,
  auditVerifyCommand,
  auditShowCommand,
  receiptVerifyCommand,
]

export const groupSpecs: readonly GroupSpec[] = [
  { name: 'config', about: { zh: '配置目录', en: 'configuration folders' } },
  { name: 'spoke', about: { zh: '接入的系统', en: 'connected systems' } },
  { name: 'keys', about: { zh: 'SM2 密钥', en: 'SM2 keys' } },
  { name: 'audit', about: { zh: '审计日志', en: 'the audit log' } },
  { name: 'receipt', about: { zh: '回执', en: 'signed receipts' } },
]
