/** The page that shows what became of a resend. */
export const resendAddress = (id: string): string => `/resends/${encodeURIComponent(id)}`
