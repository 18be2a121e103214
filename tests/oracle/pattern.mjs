// SPDX-License-Identifier: Apache-2.0
// `*` stands for any run of characters, slashes too; case does not matter.
export function matches(pattern, action) {
  const parts = pattern.toLowerCase().split('*');
  let rest = action.toLowerCase();
  if (!rest.startsWith(parts[0])) return false;
  rest = rest.slice(parts[0].length);
  for (const part of parts.slice(1, -1)) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return parts.length === 1 ? rest === '' : rest.endsWith(parts.at(-1));
}
