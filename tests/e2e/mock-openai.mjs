// SPDX-License-Identifier: Apache-2.0
// What the mock backend says in OpenAI's other dialects: responses, made, streamed and kept by their id, and embeddings. As with chat, the
// body's `model` names the behaviour.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const SAID = 'The gate is open to those who are known.';
export const VECTOR = [0.25, -0.5, 1, 0];
const usage = { input_tokens: 11, input_tokens_details: { cached_tokens: 0 }, output_tokens: 9, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 20 };

const json = (res, status, value) => {
    const text = JSON.stringify(value);
    res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    res.end(text);
};
const notThere = (res) => json(res, 404, { error: { message: 'not found at the provider', type: 'invalid_request_error', param: null, code: null } });

const message = (text) => ({ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] });
const call = (tool) => ({ type: 'function_call', id: 'fc_1', call_id: 'call_1', status: 'completed', name: tool.name, arguments: '{"city":"Bern"}' });

function responseTo(body) {
    return {
        id: `resp_${randomBytes(24).toString('hex')}`,
        object: 'response',
        created_at: 1700000000,
        status: 'completed',
        model: body.model,
        previous_response_id: body.previous_response_id ?? null,
        store: body.store ?? true,
        instructions: body.instructions ?? null,
        output: [body.model === 'tools' && body.tools ? call(body.tools[0]) : message(SAID)],
        error: null,
        incomplete_details: null,
        usage,
    };
}

function eventsOf(response) {
    const early = { ...response, status: 'in_progress', output: [], usage: null };
    const [item] = response.output;
    const said = item.type === 'function_call' ? [{ type: 'response.function_call_arguments.delta', item_id: item.id, output_index: 0, delta: item.arguments }]
        : SAID.split(/(?<= )/).map((delta) => ({ type: 'response.output_text.delta', item_id: item.id, output_index: 0, content_index: 0, delta }));
    return [
        { type: 'response.created', response: early },
        { type: 'response.in_progress', response: early },
        { type: 'response.output_item.added', output_index: 0, item: item.type === 'function_call' ? { ...item, arguments: '' } : { ...item, content: [] } },
        ...said,
        ...(item.type === 'function_call' ? [] : [{ type: 'response.output_text.done', item_id: item.id, output_index: 0, content_index: 0, text: SAID }]),
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'response.completed', response },
    ].map((e, i) => ({ ...e, sequence_number: i }));
}
const frame = (e, eol = '\n') => `event: ${e.type}${eol}data: ${JSON.stringify(e)}${eol}${eol}`;
const whole = (events, eol) => Buffer.from(events.map((e) => frame(e, eol)).join(''));

async function drip(res, bytes, step) {
    res.socket.setNoDelay(true);
    for (let i = 0; i < bytes.length && !res.destroyed; i += step) {
        res.write(bytes.subarray(i, i + step));
        await new Promise(setImmediate);
    }
    res.end();
}

/** behaviour of a streamed response -> (res, events). */
const streams = {
    stream: (res, events) => drip(res, whole(events), 400),
    'stream-bytes': (res, events) => drip(res, whole(events), 1),
    'stream-crlf': (res, events) => drip(res, whole(events, '\r\n'), 7),
    'stream-one-write': (res, events) => res.end(whole(events)),
    'stream-comments': (res, events) => drip(res, Buffer.from(events.map((e) => `: keep-alive\n\nid: 7\n${frame(e)}`).join('')), 11),
    'stream-no-usage': (res, events) => drip(res, whole(events.map((e) => (e.type === 'response.completed' ? { ...e, response: { ...e.response, usage: null } } : e))), 50),
    'stream-usage-first': (res, events) => drip(res, whole(events.map((e) => (e.type === 'response.created' ? { ...e, response: { ...e.response, usage } } : e))), 50),
    'stream-no-done': (res, events) => res.end(whole(events.slice(0, -1))),
    'stream-truncated': async (res, events) => {
        res.write(whole(events).subarray(0, 900));
        await sleep(50);
        res.socket.destroy();
    },
    'stream-error': (res, events) => res.end(whole([...events.slice(0, 5), { type: 'error', code: 'server_error', message: 'the model fell over', param: null, sequence_number: 5 }])),
    'stream-paced': async (res, events) => {
        for (const e of events) {
            res.write(frame(e));
            await sleep(100);
        }
        res.end();
    },
};

function makeResponse(upstream, res, body) {
    if (body.model === 'error-429') return json(res, 429, { error: { message: 'slow down', type: 'rate_limit', code: 'rate_limit_exceeded' } });
    if (body.previous_response_id && !upstream.kept.has(body.previous_response_id)) return notThere(res);
    const response = responseTo(body);
    if (response.store) upstream.kept.set(response.id, response);
    if (!body.stream) return json(res, 200, response);
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    return (streams[body.model] ?? streams.stream)(res, eventsOf(response));
}

/** What is done with a stored one, by the end of its path and the method. */
function ofStored(upstream, req, res, id, rest) {
    const response = upstream.kept.get(id);
    if (!response) return notThere(res);
    if (rest === 'cancel') return json(res, 200, { ...response, status: 'cancelled' });
    if (rest === 'input_items') return json(res, 200, { object: 'list', data: [{ type: 'message', id: 'msg_0', role: 'user', content: [] }], first_id: 'msg_0', last_id: 'msg_0', has_more: false });
    if (req.method === 'GET') return json(res, 200, response);
    upstream.kept.delete(id);
    return json(res, 200, { id, object: 'response', deleted: true });
}

const base64 = (vector) => Buffer.from(new Float32Array(vector).buffer).toString('base64');
function embed(res, body) {
    const texts = [body.input].flat();
    const data = texts.map((_, index) => ({ object: 'embedding', index, embedding: body.encoding_format === 'base64' ? base64(VECTOR) : VECTOR }));
    json(res, 200, { object: 'list', data, model: body.model, usage: { prompt_tokens: texts.length * 3, total_tokens: texts.length * 3 } });
}

/** True: the path was one of these, and is answered. */
export async function answerOpenai(upstream, req, res, body) {
    const path = req.url.split('?')[0];
    const [, id, rest] = path.match(/\/responses\/([^/]+)(?:\/([^/]+))?$/) ?? [];
    upstream.kept ??= new Map();
    if (id) ofStored(upstream, req, res, decodeURIComponent(id), rest);
    else if (path.endsWith('/responses')) await makeResponse(upstream, res, body);
    else if (path.endsWith('/embeddings')) embed(res, body);
    else return false;
    return true;
}
