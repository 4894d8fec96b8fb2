import { failures, foldWord, jobs, ownTexts } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'

/** Words of the addresses and members of both APIs, and of what Ponte writes about a call. They are the same for everybody. */
const ofCalls = `
  com br net org gov edu www http example
  GET POST PUT PATCH DELETE HTTP https api integration platform conversions contacts contact events event funnels default
  auth token page pageSize email phone uuid opportunity opportunities lead leads users user stages types pipelines
  totvs crm rd station value limit status error code type largerThanBytes true false null undefined ms s v1 v2 v11
  at of the a an and or for to in is was not no de do da dos das e o os um uma para por em com sem que não
`

/** A part of a text: a whole id, or a word. */
export const WORD = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\p{L}\p{N}\p{M}]+/giu

export const foldedWords = (text: string): string[] => (text.match(WORD) ?? []).map(foldWord)

const own = new Set(
  [
    ...[...queueKinds, ...Object.keys(jobs), ofCalls],
    ...Object.entries(failures).flatMap(([code, { en, pt }]) => [code, en.happened, pt.happened]),
    ...ownTexts.map(text => text.replaceAll(/\{\w+\}/g, ' ')),
  ].flatMap(foldedWords),
)

/**
 * Does Ponte use this folded word in its codes, sentences or log lines? A lead may be called «CRM» or «Rejected». Hiding such a word would
 * hide the diagnosis. Showing it reveals nothing of the lead, because every failure says it.
 */
export const isOwnWord = (folded: string): boolean => own.has(folded)
