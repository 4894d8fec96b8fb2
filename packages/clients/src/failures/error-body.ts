import { crmFlag, isRecord } from '@ponte/contracts'

/**
 * Whether the body of an answer with a 2xx status says that the request was refused: `success: false`, `errors`, `error`, or a code with
 * a message (docs/vendors/totvs-crm.md#errors). Names of members are compared without case. Not for the body of a record itself: an
 * opportunity has a `code`, and custom fields can have any name.
 */
export function isErrorBody(body: unknown): boolean {
  return Array.isArray(body) ? body.some(isError) : isError(body)
}

function isError(node: unknown): boolean {
  if (!isRecord(node)) return false
  const members = new Map(Object.entries(node).map(([name, value]) => [name.toLowerCase(), value]))
  const has = (name: string): boolean => isSomething(members.get(name))
  const success = crmFlag.parse(members.get('success'))
  if (success === false || ['errors', 'error', 'errorcode', 'errormessage'].some(has)) return true
  // With the id of the record, or with a code of success, the message is no error.
  const isDone = success === true || has('id') || /^(?:0|2\d\d)$/.test(String(members.get('code')))
  return !isDone && has('message') && (has('code') || has('detailedmessage'))
}

function isSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isRecord(value)) return Object.keys(value).length > 0
  return Boolean(value)
}
