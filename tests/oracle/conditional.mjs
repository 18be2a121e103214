// SPDX-License-Identifier: Apache-2.0
// A second, naive evaluator of conditional access: Microsoft Graph's policies and one sign-in in, which policies deny out. Held against Graph's
// rules one by one: a policy applies if each of its conditions matches, an exclusion takes it away, all that apply must be satisfied, `block`
// denies. What is not known (undefined) matches what is included, never what is excluded, and satisfies nothing.
import { inRange } from './condition.mjs';
import { isNow, principalsOf } from './rbac.mjs';

const some = (list, f) => {
  const all = list.map(f);
  return all.includes(true) ? true : all.includes(undefined) ? undefined : false;
};
// include/exclude: true where it matches; what is not known counts for the include list and not for the exclude list.
const within = (include, exclude, f) => some(include, f) !== false && some(exclude ?? [], f) !== true;

// ---- who ----

// A role that he holds now, anywhere, by himself or through a group.
const holdsRole = (set, principals, role, at) =>
  [...set.assignments.values()].some((a) => principals.includes(a.principalId) && a.roleDefinitionId === role && isNow(a, at));

function forPeople(set, c, s, principals) {
  const u = c.users ?? {};
  const who = (x) => x === 'All' || (x === 'None' ? false : principals.includes(x));
  const inGroup = (g) => principals.includes(g) || (s.groupsUnknown === true ? undefined : false);
  const hasRole = (r) => holdsRole(set, principals, r, s.at) || (s.groupsUnknown === true ? undefined : false);
  const included = [some(u.includeUsers ?? [], who), some(u.includeGroups ?? [], inGroup), some(u.includeRoles ?? [], hasRole)];
  const excluded = [some(u.excludeUsers ?? [], who), some(u.excludeGroups ?? [], inGroup), some(u.excludeRoles ?? [], hasRole)];
  return included.some((x) => x !== false) && !excluded.includes(true);
}
function forPrograms(c, principals) {
  const a = c.clientApplications ?? {};
  const who = (x) => x === 'All' || x === 'ServicePrincipalsInMyTenant' || principals.includes(x);
  return within(a.includeServicePrincipals ?? [], a.excludeServicePrincipals, who) && (a.includeServicePrincipals ?? []).length > 0;
}
const isFor = (set, c, s, principals) => (c.clientApplications === undefined ? s.sort !== 'workload' && forPeople(set, c, s, principals)
  : s.sort !== 'user' && forPrograms(c, principals));

// ---- what ----

const KNOWN_APPLICATIONS = {
  MicrosoftAdminPortals: ['management', 'arm', 'graph'], '797f4846-ba00-4fd7-ba43-dac1f8f63013': ['management', 'arm'],
  '00000003-0000-0000-c000-000000000000': ['graph'], '7d312290-28c8-473c-a0ed-8e53749b6d6d': ['models'],
};
const covers = (scope, path) => scope === path || path.startsWith(`${scope}/`);
const isApplication = (s) => (x) => x === 'All' || (x === 'None' ? false : x.startsWith('/') ? covers(x, s.path) : KNOWN_APPLICATIONS[x].includes(s.target));

// ---- whence ----

function isAt(set, s) {
  return (name) => {
    if (name === 'All') return true;
    const places = name === 'AllTrusted' ? [...set.places.values()].filter((p) => p.isTrusted === true) : [set.places.get(`/namedLocations/${name}`)];
    return some(places, (p) => {
      if (p['@odata.type'].endsWith('ipNamedLocation')) return s.ip === undefined ? undefined : p.ipRanges.some((r) => inRange(s.ip, r.cidrAddress));
      if (s.country === undefined) return undefined;
      return s.country === null ? p.includeUnknownCountriesAndRegions === true : p.countriesAndRegions.includes(s.country);
    });
  };
}

// ---- how ----

const isRisk = (levels, level) => (levels ?? []).length === 0 || levels.includes(level);

function inWindow(at) {
  return (w) => {
    const [sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(w.utcOffset ?? '+00:00').slice(1);
    const local = new Date(at + (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000);
    const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
    const now = local.getUTCHours() * 60 + local.getUTCMinutes() + local.getUTCSeconds() / 60;
    const minute = (t) => Number(t.slice(0, 2)) * 60 + Number(t.slice(3));
    const from = minute(w.start ?? '00:00'), to = minute(w.end ?? '24:00'), isDay = (d) => (w.days ?? []).length === 0 || w.days.includes(days[(d + 7) % 7]);
    if (from < to) return isDay(local.getUTCDay()) && now >= from && now < to;
    return (isDay(local.getUTCDay()) && now >= from) || (isDay(local.getUTCDay() - 1) && now < to);
  };
}

function applies(set, p, s, principals) {
  const c = p.conditions;
  const flow = (x) => (s.proofs.includes(x) ? true : s.flowKnown ? false : undefined);
  return isFor(set, c, s, principals) &&
    within(c.applications?.includeApplications ?? [], c.applications?.excludeApplications, isApplication(s)) &&
    ((c.clientAppTypes ?? ['all']).length === 0 || some(c.clientAppTypes ?? ['all'], (x) => x === 'all' || (s.client === undefined ? undefined : x === s.client)) !== false) &&
    (c.platforms === undefined || within(c.platforms.includePlatforms, c.platforms.excludePlatforms, (x) => x === 'all' || (s.platform === undefined ? undefined : x === s.platform))) &&
    (c.locations === undefined || within(c.locations.includeLocations, c.locations.excludeLocations, isAt(set, s))) &&
    isRisk(c.userRiskLevels, s.userRisk) && isRisk(c.signInRiskLevels, s.signInRisk) && isRisk(c.servicePrincipalRiskLevels, s.userRisk) &&
    (c.authenticationFlows === undefined || some(c.authenticationFlows.transferMethods.split(','), flow) !== false) &&
    (c.times === undefined || within(c.times.includeTimes, c.times.excludeTimes, inWindow(s.at)));
}

// ---- then ----

const STRENGTHS = {
  '00000000-0000-0000-0000-000000000004': [['fido2'], ['windowsHelloForBusiness'], ['x509CertificateMultiFactor']],
};

function isSatisfied(p, s) {
  const g = p.grantControls, wanted = g?.builtInControls ?? [];
  if (wanted.includes('block')) return false;
  const met = wanted.map((x) => s.proofs.includes(x));
  if (g?.authenticationStrength) met.push(STRENGTHS[g.authenticationStrength.id].some((all) => all.every((m) => s.proofs.includes(m))));
  const granted = met.length === 0 || (g.operator === 'OR' ? met.includes(true) : !met.includes(false));
  const f = p.sessionControls?.signInFrequency;
  if (f?.isEnabled !== true) return granted;
  const seconds = f.value * (f.type === 'hours' ? 3600 : 86_400);
  return granted && s.authAgeS !== undefined && s.authAgeS <= seconds;
}

/** {decision, denied: ids of the policies that deny, reported: of those that would} */
export function judge(set, s) {
  const principals = principalsOf(set, s), denied = [], reported = [];
  for (const p of set.policies.values()) {
    if (p.state === 'disabled' || !applies(set, p, s, principals) || isSatisfied(p, s)) continue;
    (p.state === 'enabled' ? denied : reported).push(p.id.split('/')[2]);
  }
  return { decision: denied.length > 0 ? 'deny' : 'allow', denied: denied.sort(), reported: reported.sort() };
}
