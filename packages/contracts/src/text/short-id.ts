/**
 * Characters of an id that Redis holds many of, in base64url: the beginning of a hash, or random. They are 120 bits, enough that no two are
 * ever the same.
 */
export const SHORT_ID_CHARACTERS = 20
