import { Failure, type FailureCode } from '@ponte/contracts'

/**
 * Makes a call with a credential; when the credential is refused (`refused` is the code), renews it once and makes the call
 * once more. SPEC §5: any 401 counts as expiry, as neither system tells expiry from refusal reliably
 * (reference rd-station.md §2.3, totvs-crm.md §1.1). What is thrown after the second refusal says which credential.
 */
export async function renewOnce<Result>(input: {
  refused: FailureCode
  current: () => Promise<string>
  renew: (rejected: string) => Promise<string>
  call: (credential: string) => Promise<Result>
}): Promise<Result> {
  const { refused, current, renew, call } = input
  const credential = await current()
  try {
    return await call(credential)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== refused) throw error
  }
  return call(await renew(credential))
}
