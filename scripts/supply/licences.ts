import satisfies from 'spdx-satisfies'
import type { Component } from './sbom.ts'

/** They ask for no more than that their text is passed on, which every package carries. By the names of SPDX. */
const allowed = ['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0']

/** The packages that have no licence, or one that nobody has allowed yet. */
export const findLicenceProblems = (components: readonly Component[]): string[] =>
  components.flatMap(({ name, version, licenses }) => {
    if (licenses.length === 0) return [`${name}@${version} has no licence`]
    return licenses.filter(licence => !isAllowed(licence)).map(licence => `${name}@${version}: ${licence}`)
  })

function isAllowed(licence: string): boolean {
  try {
    return satisfies(licence, allowed)
  } catch {
    // No expression of SPDX, such as "SEE LICENSE IN …": a person has to read it.
    return false
  }
}
