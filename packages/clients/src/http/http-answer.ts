import type { IncomingHttpHeaders } from 'node:http'
import { parseJson, type System } from '@ponte/contracts'
import type { z } from 'zod'

/** A complete answer of a system. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The parsed JSON, or the text when it is not JSON. An empty text when there was no body. */
  readonly body: unknown
  /** Neither API sends web pages: a page comes from a gateway or a broken server. */
  readonly html: boolean
}

/** What the reading of an answer needs to know about the request. */
export interface RequestInfo {
  readonly system: System
  /** The call creates or changes a record. */
  readonly writes: boolean
  /** The texts that were sent. An answer may repeat them, so they are removed before it is shown. */
  readonly sent: readonly string[]
  /** 404 means "there is no such record". */
  readonly notFoundIsAnswer: boolean
}

export function toAnswer(status: number, headers: IncomingHttpHeaders, text: string): HttpAnswer {
  const html = /html/i.test(headers['content-type'] ?? '') || text.trimStart().startsWith('<')
  const body = parseJson(text, MAY_NAME_PROTOTYPE.test(text) ? withoutPrototype : undefined)
  return { status, headers, html, body: body === undefined ? text : body }
}

/** `__proto__`, or one of its characters as an escape. Checked first, because reading with a reviver takes several times as long. */
const MAY_NAME_PROTOTYPE = /__proto__|\\u00(?:5f|6f|7[024])/i

/** `__proto__` is dropped: code that copies members could set a prototype with it. */
const withoutPrototype = (name: string, value: unknown): unknown => (name === '__proto__' ? undefined : value)

/** The items that match the schema, or undefined when there are items and none matches. */
export function readItems<Item>(schema: z.ZodType<Item>, values: readonly unknown[]): Item[] | undefined {
  const items = values.flatMap(value => {
    const parsed = schema.safeParse(value)
    return parsed.success ? [parsed.data] : []
  })
  return items.length === 0 && values.length > 0 ? undefined : items
}
