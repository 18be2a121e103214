// SPDX-License-Identifier: Apache-2.0
// A second, naive evaluator of role-based access: policy JSON in, decision out. It shares no line and no table with the engine in core/policy and
// is written to be held against Azure's rules line by line (docs/tour.md), so it is slow and says each of them once:
//   1 assignments at the scope or above it   2 a deny that applies -> deny   3 a role that allows, whose condition holds -> allow   4 deny
// Unknown never allows: neither a value that a condition needs, nor groups that are not known.
import { evaluate } from './condition.mjs';
import { matches } from './pattern.mjs';

// Objects as `gatehouse apply` takes them, sorted by what they are; a later one takes the place of an earlier one.
export function setOf(objects) {
  const set = { roles: new Map(), groups: new Map(), identities: new Map(), assignments: new Map(), denies: new Map(), policies: new Map(),
    places: new Map() };
  const kinds = { roleDefinitions: set.roles, groups: set.groups, identities: set.identities, roleAssignments: set.assignments, denyAssignments: set.denies,
    conditionalAccess: set.policies, namedLocations: set.places };
  for (const { path, properties } of objects) kinds[path.split('/')[1]]?.set(path, { id: path, ...properties });
  return set;
}

// One entry of permissions: the planes never mix; notActions take away from this entry alone.
function permits(entry, action) {
  const [yes, no] = action.isData ? [entry.dataActions, entry.notDataActions] : [entry.actions, entry.notActions];
  return (yes ?? []).some((p) => matches(p, action.name)) && !(no ?? []).some((p) => matches(p, action.name));
}

const covers = (scope, path) => scope === '/' || scope === path || path.startsWith(`${scope}/`);

// "gatehouse:x" and "/identities/x" are one.
function namesOf(set, as) {
  const path = as.startsWith('gatehouse:') ? `/identities/${as.slice('gatehouse:'.length)}` : as;
  return set.identities.has(path) ? [`gatehouse:${path.split('/')[2]}`, path] : [as];
}

// All that the caller stands for: his names, groups, groups of groups. A circle of groups is no harm: a name is added once.
export function principalsOf(set, ask) {
  const all = [...namesOf(set, ask.as), ...(ask.groups ?? [])];
  for (let i = 0; i < all.length; i += 1)
    for (const group of set.groups.values()) if ((group.members ?? []).includes(all[i]) && !all.includes(group.id)) all.push(group.id);
  return all;
}

// true, false, or undefined: a value that it needs is not known.
const holds = (condition, ask) => (condition === undefined ? true : evaluate(condition, ask));

const EVERYONE = '00000000-0000-0000-0000-000000000000';
const isGroup = (id) => id.startsWith('/groups/') || id.includes('/groups:');

function deniedBy(set, ask, principals) {
  let maybe;
  for (const d of set.denies.values()) {
    if (!covers(d.scope, ask.path) || (d.doNotApplyToChildScopes === true && d.scope !== ask.path)) continue;
    const isNamed = d.principals.some((p) => p.id === EVERYONE || principals.includes(p.id));
    // He may be in a group that is denied, where not all his groups are known. That he may be in one that is excluded helps nobody.
    const mayBeNamed = isNamed || (ask.groupsUnknown === true && d.principals.some((p) => isGroup(p.id)));
    if (!mayBeNamed || (d.excludePrincipals ?? []).some((p) => principals.includes(p.id))) continue;
    for (const entry of d.permissions) {
      const truths = [holds(entry.condition, ask), holds(d.condition, ask)];
      if (!permits(entry, ask.action) || truths.includes(false)) continue;
      if (isNamed && !truths.includes(undefined)) return { rule: d.id, kind: d.condition === undefined ? 'deny' : 'deny on a condition' };
      maybe = { rule: d.id, kind: isNamed ? 'deny, condition unknown' : 'deny, groups unknown' };
    }
  }
  return maybe;
}

// From its beginning on, and no longer at its end.
export const isNow = (a, at) => (a.startDateTime === undefined || at >= Date.parse(a.startDateTime)) && (a.endDateTime === undefined || at < Date.parse(a.endDateTime));

function allowedBy(set, ask, principals) {
  for (const a of set.assignments.values()) {
    if (!principals.includes(a.principalId) || !covers(a.scope, ask.path) || !isNow(a, ask.at)) continue;
    for (const entry of set.roles.get(`/roleDefinitions/${a.roleDefinitionId}`)?.permissions ?? [])
      if (permits(entry, ask.action) && holds(entry.condition, ask) === true && holds(a.condition, ask) === true)
        return { rule: a.id, kind: entry.condition ?? a.condition ? 'grant on a condition' : isGroup(a.principalId) ? 'grant through a group' : 'grant' };
  }
  return undefined;
}

// Of what was not granted: because a condition failed, because it has not begun or has ended, or because nothing spoke of it.
function whyNot(set, ask, principals) {
  const spoken = [...set.assignments.values()].filter((a) => principals.includes(a.principalId) && covers(a.scope, ask.path) &&
    (set.roles.get(`/roleDefinitions/${a.roleDefinitionId}`)?.permissions ?? []).some((e) => permits(e, ask.action)));
  if (spoken.length === 0) return 'default deny';
  return spoken.some((a) => isNow(a, ask.at)) ? 'condition not met' : 'not begun, or ended';
}

export function decide(set, asked) {
  const names = namesOf(set, asked.as), identity = set.identities.get(names.at(-1));
  if (identity?.enabled === false) return { decision: 'deny', rule: 'default deny', kind: 'disabled' };
  const ask = { ...asked, as: names[0], identity }, principals = principalsOf(set, ask);
  const deny = deniedBy(set, ask, principals);
  if (deny !== undefined) return { decision: 'deny', ...deny };
  const grant = allowedBy(set, ask, principals);
  if (grant !== undefined) return { decision: 'allow', ...grant };
  return { decision: 'deny', rule: 'default deny', kind: whyNot(set, ask, principals) };
}
