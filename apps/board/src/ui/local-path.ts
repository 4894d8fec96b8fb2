/** Where to go after a form. Always an address of this board, whatever the link contains. */
export function readLocalPath(next: string | undefined): string {
  const here = 'http://board.invalid'
  const target = next?.startsWith('/') ? URL.parse(next, here) : null
  if (target === null || target.origin !== here || /^\/log(?:in|out)$/.test(target.pathname)) return '/'
  // `/x/..//example.com` comes out as `//example.com`, which browsers take for another host.
  return target.pathname.replace(/^\/+/, '/') + target.search
}
