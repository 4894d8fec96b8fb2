import type { IncomingHttpHeaders } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal, type RefusalCode } from '../http/problem.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** The largest body (docs/behaviour/deliveries.md#limits-of-a-delivery). */
export const BODY_LIMIT_BYTES = MIB
/** A body without a length takes so much, and as much again each time it has arrived. */
const STEP_BYTES = 64 * KIB
const RETRY_AFTER_S = 1

/** Memory for bodies of requests that are under way. */
export interface Room {
  readonly most: number
  /** What a request is answered for which there is no room. */
  readonly beyond: RefusalCode
  taken: number
}

/** Of one source of a tenant. */
export const createSourceRoom = (): Room => ({ most: 4 * MIB, beyond: 'INTAKE_LIMITED', taken: 0 })

/** Of all sources together. What becomes of a body while it is read takes several times its size. */
export const createProcessRoom = (): Room => ({ most: 64 * MIB, beyond: 'INGRESS_BUSY', taken: 0 })

/** What one request has reserved. */
export interface BodyRoom {
  /** So much of a body has arrived. Throws a Refusal when it was not announced and there is no room for more. */
  arrived(bytes: number): void
  giveBack(): void
}

/** Reserves room for a body before it is read, in all of these limits or in none. Throws the Refusal of the first that has too little. */
export function reserveBody(limits: readonly Room[], headers: IncomingHttpHeaders): BodyRoom {
  const isAnnounced = headers['transfer-encoding'] === undefined
  let reserved = 0
  let received = 0
  const reserve = (bytes: number): void => {
    for (const room of limits) {
      if (room.taken + bytes > room.most) throw new Refusal(room.beyond, { 'retry-after': String(RETRY_AFTER_S) })
    }
    for (const room of limits) room.taken += bytes
    reserved += bytes
  }
  reserve(isAnnounced ? Math.min(Number(headers['content-length'] ?? 0), BODY_LIMIT_BYTES) : STEP_BYTES)
  return {
    arrived(bytes) {
      received += bytes
      // A longer body is refused as a whole.
      while (received >= reserved && reserved < BODY_LIMIT_BYTES) reserve(STEP_BYTES)
    },
    giveBack() {
      for (const room of limits) room.taken -= reserved
      reserved = 0
    },
  }
}

/** Gives the room back however the request ends: answered, cut off, or one of several on a connection that is gone. */
export function giveBackAtEnd(room: BodyRoom, request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('close', room.giveBack)
  // An answer that waits for others on its connection is not closed with it.
  request.raw.once('close', () => {
    if (request.raw.socket.destroyed) room.giveBack()
  })
}

/** The same body, counted as it arrives. Only for one whose length was not announced: that of any other is reserved as a whole. */
export function countArriving(body: Readable, room: BodyRoom): Readable {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, goOn) {
      try {
        room.arrived(chunk.length)
        goOn(null, chunk)
      } catch (error) {
        goOn(error instanceof Error ? error : new Error('not an Error'))
      }
    },
  })
  body.once('error', error => counted.destroy(error))
  return body.pipe(counted)
}
