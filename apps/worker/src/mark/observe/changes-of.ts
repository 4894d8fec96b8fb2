import type { Change } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { Standing } from '../plan/standing.ts'

/** What has to be written for a contact and its opportunities to stand otherwise than they did. */
export function changesOf(
  uuid: string,
  { from, to }: { readonly from: Standing; readonly to: Standing },
  { marks }: Pick<JobContext, 'marks'>,
): readonly Change[] {
  return [
    ...(to.contact === from.contact ? [] : [marks.contactWritingOf(uuid, to.contact)]),
    ...[...to.marks].flatMap(([id, record]) =>
      record === from.marks.get(id) ? [] : [marks.writingOf(uuid, id, record)],
    ),
  ]
}
