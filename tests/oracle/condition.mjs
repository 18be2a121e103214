// SPDX-License-Identifier: Apache-2.0
// Conditions, version 2.0, the slow way: text -> tree -> true, false or undefined (a value is not known). Three-valued logic throughout
// (Kleene): what is not known stays unknown unless the other side decides alone.
import { matches } from './pattern.mjs';

const TOKEN = /\s*(?:([(){}!,])|(&&|\|\|)|'((?:[^'\\]|\\.)*)'|@(\w+)\[([^\]]*)\]|([A-Za-z][A-Za-z0-9]*(?::[A-Za-z0-9]+)?)|(-?\d[\w:.+-]*))/y;

function tokens(text) {
  const out = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const m = TOKEN.exec(text);
    if (m === null) throw new Error(`condition: cannot be read at ${TOKEN.lastIndex}`);
    if (m[1] !== undefined) out.push({ sign: m[1] });
    else if (m[2] !== undefined) out.push({ word: m[2] === '&&' ? 'and' : 'or' });
    else if (m[3] !== undefined) out.push({ value: m[3].replace(/\\(.)/g, '$1') });
    else if (m[4] !== undefined) out.push({ source: m[4].toLowerCase(), attribute: m[5].trim().toLowerCase() });
    else if (m[6] !== undefined) out.push({ word: m[6].toLowerCase(), text: m[6] });
    else out.push({ value: m[7] });
  }
  return out;
}

class Reader {
  constructor(text) { this.list = tokens(text); this.at = 0; }
  get next() { return this.list[this.at] ?? {}; }
  take() { return this.list[this.at++] ?? {}; }
  sign(s) { if (this.next.sign !== s) return false; this.at += 1; return true; }
  need(s) { if (!this.sign(s)) throw new Error(`condition: ${s} is missing`); }
  word(w) { if (this.next.word !== w) return false; this.at += 1; return true; }

  or() { let left = this.and(); while (this.word('or')) left = { or: [left, this.and()] }; return left; }
  and() { let left = this.not(); while (this.word('and')) left = { and: [left, this.not()] }; return left; }
  not() { return this.sign('!') || this.word('not') ? { not: this.not() } : this.primary(); }

  values() {
    const out = [];
    do out.push(this.operand()); while (this.sign(','));
    this.need('}');
    return { list: out };
  }

  operand() {
    if (this.sign('{')) return this.values();
    const t = this.take();
    if (t.attribute !== undefined || t.value !== undefined) return t;
    if (t.word !== undefined) return { value: t.text };
    throw new Error('condition: a value is missing');
  }

  primary() {
    if (this.sign('(')) { const e = this.or(); this.need(')'); return e; }
    for (const f of ['actionmatches', 'suboperationmatches'])
      if (this.word(f)) { this.need('{'); const v = this.take().value; this.need('}'); return { [f]: v }; }
    if (this.word('exists')) return { exists: this.operand() };
    if (this.word('notexists')) return { not: { exists: this.operand() } };
    const left = this.operand(), op = this.take().word;
    if (op === undefined) throw new Error('condition: an operator is missing');
    return { op, left, right: this.operand() };
  }
}

export function parse(text) {
  const r = new Reader(text), tree = r.or();
  if (r.at !== r.list.length) throw new Error('condition: something follows its end');
  return tree;
}

const not = (a) => (a === undefined ? undefined : !a);
const and = (a, b) => (a === false || b === false ? false : a === undefined || b === undefined ? undefined : true);
const or = (a, b) => (a === true || b === true ? true : a === undefined || b === undefined ? undefined : false);

const same = (a, b) => a === b;
const like = (a, b) => new RegExp(`^${b.split('').map((c) => (c === '*' ? '[^]*' : c === '?' ? '[^]' : c.replace(/[\\^$.|+()[\]{}]/g, '\\$&'))).join('')}$`).test(a);
const number = (f) => (a, b) => f(Number(a), Number(b));
const time = (f) => (a, b) => f(Date.parse(a), Date.parse(b));

function ip4(s) { return s.split('.').reduce((n, b) => n * 256n + BigInt(b), 0n); }
function ip6(s) {
  const [head, tail] = s.split('::');
  const h = head === '' ? [] : head.split(':'), t = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? h : [...h, ...Array(8 - h.length - t.length).fill('0'), ...t];
  return all.reduce((n, g) => n * 65536n + BigInt(`0x${g}`), 0n);
}
export function inRange(address, range) {
  const [net, bits] = range.split('/'), is6 = net.includes(':');
  if (address.includes(':') !== is6) return false;
  const width = is6 ? 128 : 32, n = is6 ? ip6 : ip4, keep = BigInt(width - Number(bits ?? width));
  return n(address) >> keep === n(net) >> keep;
}

const OPERATORS = {
  stringequals: same, stringequalsignorecase: (a, b) => a.toLowerCase() === b.toLowerCase(), stringlike: like,
  stringlikeignorecase: (a, b) => like(a.toLowerCase(), b.toLowerCase()),
  stringstartswith: (a, b) => a.startsWith(b), stringstartswithignorecase: (a, b) => a.toLowerCase().startsWith(b.toLowerCase()),
  numericequals: number((a, b) => a === b), numericlessthan: number((a, b) => a < b), numericlessthanequals: number((a, b) => a <= b),
  numericgreaterthan: number((a, b) => a > b), numericgreaterthanequals: number((a, b) => a >= b),
  datetimeequals: time((a, b) => a === b), datetimelessthan: time((a, b) => a < b), datetimelessthanequals: time((a, b) => a <= b),
  datetimegreaterthan: time((a, b) => a > b), datetimegreaterthanequals: time((a, b) => a >= b),
  boolequals: (a, b) => a.toLowerCase() === b.toLowerCase(), guidequals: (a, b) => a.toLowerCase() === b.toLowerCase(), ipmatch: inRange,
};

const QUANTIFIERS = {
  foranyofanyvalues: (l, r, f) => l.some((a) => r.some((b) => f(a, b))),
  forallofanyvalues: (l, r, f) => l.every((a) => r.some((b) => f(a, b))),
  foranyofallvalues: (l, r, f) => l.some((a) => r.every((b) => f(a, b))),
  forallofallvalues: (l, r, f) => l.every((a) => r.every((b) => f(a, b))),
};

// What is known of the question, as texts: a list, null where it is known that there is none, undefined where nothing is known.
const AUTH = 'microsoft.authorization/roleassignments:';
const named = (path, kind) => new RegExp(`^/workspaces/[^/]+(?:/endpoints/[^/]+)?(?:/deployments/[^/]+)?`).exec(path)?.[0].split('/')[kind] ?? null;
const fact = (facts, key) => (facts === undefined || facts[key] === '' ? undefined : [facts[key]]);
const ATTRIBUTES = {
  request: { [`${AUTH}roledefinitionid`]: (a) => fact(a.request, 'role'), [`${AUTH}principalid`]: (a) => fact(a.request, 'principal'),
    [`${AUTH}principaltype`]: (a) => fact(a.request, 'type') },
  resource: { [`${AUTH}roledefinitionid`]: (a) => fact(a.resource, 'role'), [`${AUTH}principalid`]: (a) => fact(a.resource, 'principal'),
    [`${AUTH}principaltype`]: (a) => fact(a.resource, 'type'), 'gatehouse:path': (a) => [a.path],
    'gatehouse:workspace': (a) => wrap(named(a.path, 2)), 'gatehouse:endpoint': (a) => wrap(named(a.path, 4)), 'gatehouse:deployment': (a) => wrap(named(a.path, 6)) },
  principal: { 'gatehouse:id': (a) => [a.as], 'gatehouse:kind': (a) => wrap(a.identity?.kind ?? null) },
  environment: { utcnow: (a) => [new Date(a.at).toISOString()], isprivatelink: (a) => a.way && [String(Boolean(a.way.connection))],
    'gatehouse:listener': (a) => a.way && [a.way.listener], subnet: (a) => a.way && wrap(a.way.ip ?? null),
    'microsoft.network/privateendpoints': (a) => a.way && wrap(a.way.connection ?? null), privateendpoints: (a) => a.way && wrap(a.way.connection ?? null) },
};
const wrap = (v) => (v === null ? null : [v]);

function valuesOf(operand, ask) {
  if (operand.list !== undefined) return operand.list.flatMap((o) => valuesOf(o, ask));
  if (operand.value !== undefined) return [operand.value];
  return ATTRIBUTES[operand.source]?.[operand.attribute]?.(ask);
}

function compare(tree, ask) {
  const left = valuesOf(tree.left, ask), right = valuesOf(tree.right, ask);
  const [quantifier, name] = tree.op.includes(':') ? tree.op.split(':') : [undefined, tree.op];
  const isNot = OPERATORS[name] === undefined && name.includes('not'); // StringNotEquals: not equal
  const f = OPERATORS[isNot ? name.replace('not', '') : name];
  if (f === undefined || (quantifier !== undefined && QUANTIFIERS[quantifier] === undefined)) throw new Error(`condition: no operator ${tree.op}`);
  if (left === undefined || right === undefined || left === null || right === null) return undefined; // what is not there compares with nothing
  const one = isNot ? (a, b) => !f(a, b) : f;
  return quantifier === undefined ? left.length === 1 && right.length === 1 && one(left[0], right[0]) : QUANTIFIERS[quantifier](left, right, one);
}

function walk(tree, ask) {
  if (tree.and !== undefined) return and(walk(tree.and[0], ask), walk(tree.and[1], ask));
  if (tree.or !== undefined) return or(walk(tree.or[0], ask), walk(tree.or[1], ask));
  if (tree.not !== undefined) return not(walk(tree.not, ask));
  if (tree.actionmatches !== undefined) return matches(tree.actionmatches, ask.action.name);
  if (tree.suboperationmatches !== undefined) return matches(tree.suboperationmatches, ask.subOperation ?? '');
  if (tree.exists !== undefined) { const v = valuesOf(tree.exists, ask); return v === undefined ? undefined : v !== null; }
  return compare(tree, ask);
}

const trees = new Map();
export function evaluate(text, ask) {
  if (!trees.has(text)) trees.set(text, parse(text));
  return walk(trees.get(text), ask);
}
