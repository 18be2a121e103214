// SPDX-License-Identifier: Apache-2.0
// Worlds at random, from a seed: workspaces, identities, groups in circles, roles with odd patterns, assignments, denies, conditions, and
// questions that are near to the rules, so that each kind of rule decides its share. Objects are those of the management API, as `gatehouse
// apply` takes them.

import { matches } from './pattern.mjs';

export class Random { // xorshift32: the same everywhere
  constructor(seed) { this.s = (seed * 2654435761) >>> 0 || 1; }
  next() { let x = this.s; x ^= x << 13; x >>>= 0; x ^= x >>> 17; x ^= x << 5; this.s = x >>> 0; return this.s; }
  below(n) { return this.next() % n; }
  chance(percent) { return this.below(100) < percent; }
  of(list) { return list[this.below(list.length)]; }
  some(list, most) { return Array.from({ length: 1 + this.below(most) }, () => this.of(list)); }
}

const unique = (list) => [...new Set(list)];
const guid = (kind, i) => `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${i.toString(16).padStart(12, '0')}`;
const WORKSPACES = ['w0', 'w1', 'w2'], ENDPOINTS = ['e0', 'e1'], DEPLOYMENTS = ['d0', 'd1'];
export const NOW = Date.parse('2030-06-15T12:00:00Z');
const DAY = 86400e3;

const SCOPES = ['/', ...WORKSPACES.flatMap((w) => [`/workspaces/${w}`, ...ENDPOINTS.flatMap((e) => [`/workspaces/${w}/endpoints/${e}`,
  ...DEPLOYMENTS.map((d) => `/workspaces/${w}/endpoints/${e}/deployments/${d}`)])])];
// Near misses: a name that another one begins with.
const PATHS = [...SCOPES, '/workspaces/w00', '/workspaces/w0/endpoints/e00', '/workspaces/w0/endpoints/e0/deployments/d00', '/identities/i0'];

// A pattern that fits the action, or nearly.
function pattern(r, action) {
  const s = action.split('/');
  switch (r.below(9)) {
    case 0: return '*';
    case 1: return `${s[0]}/*`;
    case 2: return `*/${s.at(-1)}`;
    case 3: return `${s.slice(0, -1).join('/')}/*`;
    case 4: return r.chance(50) ? action.toUpperCase() : action.toLowerCase();
    case 5: return s.map((x, i) => (i > 0 && i < s.length - 1 && r.chance(40) ? '*' : x)).join('/');
    case 6: return `${s[0]}/*/${s.at(-1)}`;
    case 7: return `${s.slice(0, 2).join('/')}*${s.at(-1)}`;
    default: return action;
  }
}

function entry(r, actions, conditions) {
  const names = (isData, n) => (n === 0 ? [] : r.some(actions.filter((a) => a.isData === isData), n).map((a) => pattern(r, a.name)));
  const e = { actions: names(false, r.below(3)), notActions: names(false, r.chance(50) ? 2 : 0), dataActions: names(true, r.below(3)),
    notDataActions: names(true, r.chance(40) ? 2 : 0) };
  if (conditions !== undefined && r.chance(15)) Object.assign(e, { condition: conditions(r, actions), conditionVersion: '2.0' });
  return e;
}

function times(r, properties) {
  if (r.chance(25)) properties.startsAt = new Date(NOW + (r.below(5) - 2) * DAY).toISOString();
  if (r.chance(25)) properties.endsAt = new Date(NOW + (r.below(5) - 1) * DAY + 1000).toISOString();
  if (properties.startsAt !== undefined && properties.endsAt !== undefined && properties.endsAt <= properties.startsAt) delete properties.endsAt;
}

export { guid, SCOPES, PATHS, WORKSPACES, ENDPOINTS, DEPLOYMENTS, DAY, pattern, entry, times };

// ---- conditions ----

const quote = (s) => `'${s}'`;
const list = (values) => `{${values.join(', ')}}`;

// One comparison of something that is known, now and then of something that is not.
function comparison(r) {
  const not = r.chance(30) ? 'Not' : '';
  switch (r.below(10)) {
    case 0: return `@Resource[Gatehouse:Workspace] String${not}Equals ${quote(r.of(WORKSPACES))}`;
    case 1: return `@Resource[Gatehouse:Endpoint] ForAnyOfAnyValues:String${not}Equals ${list(r.some(ENDPOINTS, 2).map(quote))}`;
    case 2: return `@Resource[Gatehouse:Path] String${not}Like ${quote(`/workspaces/${r.of(WORKSPACES)}*`)}`;
    case 3: return `@Environment[UtcNow] DateTime${r.of(['GreaterThan', 'LessThan', 'GreaterThanEquals', 'LessThanEquals'])} ${quote(new Date(NOW + (r.below(3) - 1) * DAY).toISOString())}`;
    case 4: return `@Environment[subnet] IpMatch ${quote(r.of(['10.0.0.0/8', '10.1.0.0/16', '192.168.1.7', '2001:db8::/32']))}`;
    case 5: return `@Environment[isPrivateLink] BoolEquals ${r.of(['true', 'false'])}`;
    case 6: return `@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ${r.of(['ForAnyOfAnyValues', 'ForAnyOfAllValues'])}:Guid${not}Equals ${list(r.some([0, 1, 2, 3], 2).map((i) => guid(1, i)))}`;
    case 7: return `@Request[Microsoft.Authorization/roleAssignments:PrincipalType] String${not}EqualsIgnoreCase ${quote(r.of(['user', 'GROUP', 'ServicePrincipal']))}`;
    case 8: return `Exists ${r.of(['@Resource[Gatehouse:Endpoint]', '@Resource[Gatehouse:Deployment]', '@Environment[Microsoft.Network/privateEndpoints]'])}`;
    default: return `@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${list([guid(1, r.below(4))])}`;
  }
}

function expression(r, actions, depth) {
  if (depth === 0 || r.chance(40)) return r.chance(25) ? `ActionMatches{${quote(pattern(r, r.of(actions).name))}}` : comparison(r);
  const inner = () => expression(r, actions, depth - 1);
  switch (r.below(4)) {
    case 0: return `!(${inner()})`;
    case 1: return `(${inner()} AND ${inner()})`;
    case 2: return `(${inner()} OR ${inner()})`;
    default: return `NOT (${inner()} OR ${inner()}) AND ${inner()}`;
  }
}
const condition = (r, actions) => expression(r, actions, 2);

// ---- worlds ----

const object = (path, properties) => ({ path, properties });
const moment = (ms) => new Date(ms).toISOString();
function validity(r) {
  const start = NOW + r.of([-2 * DAY, -DAY, 0, 1, DAY]), end = start + r.of([1, DAY, 2 * DAY, 30 * DAY]);
  return r.of([{ startDateTime: moment(start) }, { endDateTime: moment(end) }, { startDateTime: moment(start), endDateTime: moment(end) }]);
}

export function world(seed, allActions) {
  const r = new Random(seed), objects = [];
  const actions = unique([false, true].flatMap((isData) => Array.from({ length: 7 }, () => r.of(allActions.filter((a) => a.isData === isData))))); // few, so that rules and questions meet
  const people = Array.from({ length: 6 }, (_, i) => `/identities/i${i}`), groups = Array.from({ length: 5 }, (_, i) => `/groups/g${i}`);
  const roles = Array.from({ length: 6 }, (_, i) => guid(1, i));
  for (const w of WORKSPACES) objects.push(object(`/workspaces/${w}`, {}), object(`/workspaces/${w}/backends/b`, { url: 'https://model.example', dialect: 'openai', auth: 'none' }));
  for (const w of WORKSPACES)
    for (const e of ENDPOINTS)
      objects.push(object(`/workspaces/${w}/endpoints/${e}`, {}), ...DEPLOYMENTS.map((d) => object(`/workspaces/${w}/endpoints/${e}/deployments/${d}`, { model: 'm', backend: 'b' })));
  for (const [i, p] of people.entries()) objects.push(object(p, { kind: i % 3 === 2 ? 'servicePrincipal' : 'user', ...(i === 5 ? { enabled: false } : {}) }));
  // Twice: in the first pass every group is there, in the second they hold one another, in circles too.
  for (const g of groups) objects.push(object(g, { members: [] }));
  const members = new Map(groups.map((g) => [g, unique(r.some([...people, ...groups.filter((x) => x !== g), 'corp:alien'], 3))]));
  for (const g of groups) objects.push(object(g, { members: members.get(g) }));
  const permissions = new Map(roles.map((id) => [id, Array.from({ length: 1 + r.below(3) }, () => entry(r, actions, condition))]));
  for (const id of roles)
    objects.push(object(`/roleDefinitions/${id}`, { roleName: `role ${id}`, type: 'CustomRole', assignableScopes: ['/'], permissions: permissions.get(id) }));
  const who = () => r.of([...people, ...people, ...groups, 'gatehouse:i1', 'corp:alien']), assignments = [];
  for (let i = 0; i < 48; i += 1) {
    const properties = { roleDefinitionId: r.of(roles), principalId: who(), scope: r.of(SCOPES) };
    if (r.chance(40)) Object.assign(properties, validity(r)); // questions are asked at the very moments, and a millisecond beside them
    if (r.chance(55)) Object.assign(properties, { condition: condition(r, actions), conditionVersion: '2.0' });
    assignments.push(properties);
    objects.push(object(`/roleAssignments/${guid(2, i)}`, properties));
  }
  const principal = (id) => ({ id, type: id.startsWith('/groups') ? 'Group' : 'User' });
  for (let i = 0; i < 10; i += 1) {
    const everyone = { id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' };
    const properties = { denyAssignmentName: `deny ${i}`, scope: r.of(r.chance(50) ? SCOPES.slice(0, 4) : SCOPES), doNotApplyToChildScopes: r.chance(25),
      permissions: [r.chance(40) ? { actions: ['*'], dataActions: ['*'], notActions: r.some(actions, 3).map((a) => a.name) } : entry(r, actions, undefined)],
      principals: r.chance(20) ? [everyone] : [...new Set(r.some([...people, ...groups], 2))].map(principal) };
    if (r.chance(40)) properties.excludePrincipals = [principal(r.of([...people, ...groups]))];
    if (r.chance(60)) Object.assign(properties, { condition: condition(r, actions), conditionVersion: '2.0' });
    objects.push(object(`/denyAssignments/${guid(3, i)}`, properties));
  }
  return { objects, people, groups, members, assignments, permissions, roles, seed, actions };
}

const AIMED = 50; // of a hundred questions, those about an assignment
const WAYS = [undefined, { ip: '10.1.2.3', listener: 'main' }, { ip: '192.168.1.7', listener: 'main' }, { ip: '2001:db8::5', listener: 'inner',
  connection: '/workspaces/w0/privateConnections/c' }, { listener: 'main' }];

// One of some actions that a pattern of the role names; now and then one that none does.
function granted(r, w, assignment) {
  const patterns = w.permissions.get(assignment.roleDefinitionId).flatMap((e) => [...e.actions, ...e.dataActions]);
  const tried = r.some(w.actions, 5);
  return (tried.find((a) => patterns.some((p) => matches(p, a.name))) ?? tried[0]).name;
}

// Who, what, where and when an assignment is about: without such questions, what groups are given and what has ended would decide one case in a hundred.
function about(r, w) {
  const named = r.of([w.assignments, w.assignments.filter((a) => w.members.has(a.principalId)), w.assignments.filter((a) => a.endDateTime ?? a.startDateTime)]);
  const a = r.of(named.length > 0 ? named : w.assignments), edges = [a.startDateTime, a.endDateTime].filter((t) => t !== undefined).map((t) => Date.parse(t));
  const at = edges.length > 0 && r.chance(70) ? r.of(edges) + r.of([-DAY, -1, 0, 1, DAY]) : NOW;
  return { as: r.of((w.members.get(a.principalId) ?? [a.principalId]).filter((m) => !w.members.has(m)).concat(r.chance(20) ? w.people : [], 'corp:alien')),
    path: r.of(PATHS.filter((p) => a.scope === '/' || p === a.scope || p.startsWith(`${a.scope}/`))), at, action: granted(r, w, a) };
}

export function question(r, w, actions) {
  const ask = r.chance(AIMED) ? about(r, w) : { as: r.of([...w.people.slice(0, 5), ...w.people, 'corp:alien', 'corp:nobody']), path: r.of(PATHS),
    at: NOW + r.of([0, 0, 0, -1, 1, -DAY, DAY, -2 * DAY, 2 * DAY]) };
  ask.action ??= (r.chance(90) ? r.of(w.actions) : r.of(actions)).name;
  const way = r.of(WAYS);
  if (way !== undefined) ask.way = way;
  if (r.chance(30)) ask.groupsUnknown = true;
  const facts = () => ({ role: r.of(w.roles), principal: r.of(w.people), type: r.of(['User', 'Group', 'ServicePrincipal']) });
  if (r.chance(30)) ask.request = facts();
  if (r.chance(15)) ask.resource = facts();
  return ask;
}

// ---- conditional access ----

const PLACES = ['office', 'lab', 'north', 'nowhere'];
export const COUNTRIES = ['DE', 'FR', 'US', 'JP'];
const IPS = ['10.1.2.3', '10.9.9.9', '192.168.1.7', '2001:db8::5', '203.0.113.9'];
const CLIENTS = ['browser', 'mobileAppsAndDesktopClients'], PLATFORMS = ['android', 'iOS', 'windows', 'macOS', 'linux'];
const RISKS = ['none', 'low', 'medium', 'high'], TARGETS = ['models', 'management', 'arm', 'graph'];
const APPLICATIONS = ['All', 'All', 'MicrosoftAdminPortals', '797f4846-ba00-4fd7-ba43-dac1f8f63013', '00000003-0000-0000-c000-000000000000',
  '7d312290-28c8-473c-a0ed-8e53749b6d6d', '/workspaces/w0', '/workspaces/w0/endpoints/e0', '/workspaces/w1'];

function places(r) {
  const range = (cidrAddress) => ({ '@odata.type': `#microsoft.graph.iPv${cidrAddress.includes(':') ? 6 : 4}CidrRange`, cidrAddress });
  const ip = (ranges, isTrusted) => ({ '@odata.type': '#microsoft.graph.ipNamedLocation', isTrusted, ipRanges: ranges.map(range) });
  return [object('/namedLocations/office', { displayName: 'office', ...ip(['10.1.0.0/16', '2001:db8::/32'], r.chance(60)) }),
    object('/namedLocations/lab', { displayName: 'lab', ...ip(['192.168.1.0/24'], r.chance(40)) }),
    object('/namedLocations/north', { displayName: 'north', '@odata.type': '#microsoft.graph.countryNamedLocation', countriesAndRegions: unique(r.some(COUNTRIES, 2)),
      includeUnknownCountriesAndRegions: r.chance(50) }),
    object('/namedLocations/nowhere', { displayName: 'nowhere', '@odata.type': '#microsoft.graph.countryNamedLocation', countriesAndRegions: ['AQ'],
      includeUnknownCountriesAndRegions: false })];
}

function window(r) {
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  const w = { start: r.of(['00:00', '08:00', '12:00', '22:00']), end: r.of(['06:00', '12:00', '18:00', '24:00']), utcOffset: r.of(['+00:00', '+05:30', '-08:00']) };
  if (r.chance(60)) w.days = unique(r.some(days, 4));
  return w;
}

function conditions(r, w) {
  const c = { applications: { includeApplications: unique(r.some(APPLICATIONS, 2)) } };
  if (c.applications.includeApplications.includes('All')) c.applications.includeApplications = ['All'];
  if (r.chance(25)) c.applications.excludeApplications = [r.of(APPLICATIONS.slice(2))];
  if (r.chance(20)) {
    c.clientApplications = { includeServicePrincipals: r.chance(50) ? ['ServicePrincipalsInMyTenant'] : unique(r.some([w.people[2], w.people[0]], 2)) };
    if (r.chance(30)) c.clientApplications.excludeServicePrincipals = [w.people[2]];
  } else {
    c.users = r.chance(50) ? { includeUsers: ['All'] } : { includeUsers: unique(r.some(w.people, 2)) };
    if (r.chance(30)) c.users = { includeGroups: unique(r.some(w.groups, 2)) };
    if (r.chance(12)) c.users = { includeRoles: [r.of(w.roles)] };
    if (r.chance(30)) c.users.excludeGroups = [r.of(w.groups)];
    if (r.chance(20)) c.users.excludeUsers = [r.of(w.people)];
    if (r.chance(10)) c.users.excludeRoles = [r.of(w.roles)];
  }
  if (r.chance(25)) c.clientAppTypes = unique(r.some([...CLIENTS, 'other'], 2));
  if (r.chance(20)) c.platforms = { includePlatforms: r.chance(50) ? ['all'] : unique(r.some(PLATFORMS, 2)), ...(r.chance(40) ? { excludePlatforms: [r.of(PLATFORMS)] } : {}) };
  if (r.chance(40)) c.locations = { includeLocations: r.chance(50) ? ['All'] : unique(r.some(PLACES, 2)), ...(r.chance(50) ? { excludeLocations: [r.of([...PLACES, 'AllTrusted'])] } : {}) };
  if (r.chance(15)) c[c.clientApplications ? 'servicePrincipalRiskLevels' : r.of(['userRiskLevels', 'signInRiskLevels'])] = unique(r.some(RISKS, 2));
  if (r.chance(12) && !c.clientApplications) c.authenticationFlows = { transferMethods: r.of(['deviceCodeFlow', 'authenticationTransfer', 'deviceCodeFlow,authenticationTransfer']) };
  if (r.chance(15)) c.times = { includeTimes: [window(r)], ...(r.chance(30) ? { excludeTimes: [window(r)] } : {}) };
  return c;
}

function controls(r, isWorkload) {
  if (isWorkload || r.chance(35)) return { grantControls: { operator: 'OR', builtInControls: ['block'] } };
  const g = { operator: r.of(['AND', 'OR']), builtInControls: unique(r.some(['mfa', 'compliantDevice', 'domainJoinedDevice'], 2)) };
  if (r.chance(20)) Object.assign(g, { builtInControls: [], authenticationStrength: { id: '00000000-0000-0000-0000-000000000004' } });
  const out = { grantControls: g };
  if (r.chance(20)) out.sessionControls = { signInFrequency: { isEnabled: true, value: 1 + r.below(3), type: r.of(['hours', 'days']), frequencyInterval: 'timeBased' } };
  return out;
}

/** Places and policies behind the rest of a world. */
export function policies(w) {
  const r = new Random(w.seed ^ 0xca11);
  return [...places(r), ...Array.from({ length: 8 }, (_, i) => {
    const c = conditions(r, w);
    return object(`/conditionalAccess/p${i}`, { displayName: `policy ${i}`, state: r.of(['enabled', 'enabled', 'enabled', 'enabledForReportingButNotEnforced', 'enabledForReportingButNotEnforced', 'disabled']),
      conditions: c, ...controls(r, c.clientApplications !== undefined) });
  })];
}

export function signIn(r, w) {
  const i = r.below(w.people.length - 1), ask = { as: w.people[i], target: r.of(TARGETS), path: r.of(PATHS), at: NOW + r.below(7) * DAY + r.below(86_400) * 1000 };
  if (r.chance(85)) ask.ip = r.of(IPS);
  if (r.chance(75)) ask.country = r.chance(20) ? null : r.of(COUNTRIES);
  if (r.chance(80)) ask.client = r.of(CLIENTS);
  if (r.chance(80)) ask.platform = r.of(PLATFORMS);
  ask.flowKnown = r.chance(70);
  ask.proofs = unique([...(r.chance(50) ? ['mfa'] : []), ...(r.chance(30) ? ['compliantDevice'] : []), ...(r.chance(20) ? ['domainJoinedDevice'] : []),
    ...(r.chance(20) ? ['fido2'] : []), ...(r.chance(15) ? ['deviceCodeFlow'] : []), ...(r.chance(8) ? ['authenticationTransfer'] : [])]);
  ask.userRisk = r.of(RISKS);
  ask.signInRisk = r.of(RISKS);
  if (r.chance(70)) ask.authAgeS = r.of([10, 3599, 3600, 3601, 86_400, 200_000]);
  if (r.chance(6)) ask.groupsUnknown = true;
  return ask;
}
