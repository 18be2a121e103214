// SPDX-License-Identifier: Apache-2.0
// Holds management answers against the installation's own OpenAPI document: path known, status documented, type of content, body valid
// with nothing in it that the document does not say. harness.mjs has every request of every test pass through here; what does not hold
// fails the test and, should that have been waiting for something else, its file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete'];

export function makeAjv() {
    const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'media-range': true } });
    addFormats(ajv);
    return ajv;
}

/** The OpenAPI 3.1 meta-schema. */
export const metaSchema = () =>
    JSON.parse(fs.readFileSync(new URL('node_modules/@seriousme/openapi-schema-validator/schemas/v3.1/schema.json', import.meta.url)));

export class ApiDocument {
    constructor(document) {
        this.document = document;
        this.ajv = makeAjv();
        this.ajv.addSchema(document, 'api');
        this.compiled = new Map();
        this.paths = Object.keys(document.paths).map((template) => ({
            template,
            pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[A-Za-z0-9][A-Za-z0-9._-]*')}/?$`),
        }));
    }

    /** The compiled schema at a JSON pointer given as its parts. */
    schema(...pointer) {
        const ref = `api#/${pointer.map((p) => encodeURIComponent(p.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
        if (!this.compiled.has(ref)) this.compiled.set(ref, this.ajv.compile({ $ref: ref }));
        return this.compiled.get(ref);
    }

    find(path) {
        return this.paths.find((p) => p.pattern.test(path))?.template;
    }

    /** Why an answer is not what the document says; undefined: it is. */
    fault({ method, path, body }, { status, headers, text }) {
        const at = path.replace(/^\/api/, '').replace(/\?.*$/s, '');
        const template = this.find(at);
        const operation = template && METHODS.includes(method.toLowerCase()) && this.document.paths[template][method.toLowerCase()];
        if (!operation) return this.refusal(status, headers, text, [400, 401, 403, 404, 405, 413, 503]);
        const answer = operation.responses[status];
        if (!answer) return `${status} is not documented for ${method} ${template}`;
        if (answer.$ref) return this.refusal(status, headers, text, [status]);
        const content = answer.content;
        if (!content) return text === '' ? undefined : `${status} of ${method} ${template} has a body`;
        const type = (headers['content-type'] ?? '').replace(/;.*/, '');
        if (!content[type]) return `${method} ${template} answers ${type}, documented is ${Object.keys(content)}`;
        const pointer = ['paths', template, method.toLowerCase()];
        const fault = this.invalid(type === 'application/json' ? JSON.parse(text) : text, [
            ...pointer,
            'responses',
            String(status),
            'content',
            type,
            'schema',
        ]);
        if (fault || !operation.requestBody || typeof body !== 'string') return fault;
        /* What was accepted must be what the document lets a client send. */
        return this.invalid(JSON.parse(body), [...pointer, 'requestBody', 'content', 'application/json', 'schema']);
    }

    refusal(status, headers, text, allowed) {
        if (!allowed.includes(status)) return `status ${status}, expected is one of ${allowed}`;
        if (!headers['content-type']?.startsWith('application/problem+json'))
            return `${status} is no problem+json: ${headers['content-type']}`;
        return (
            this.invalid(JSON.parse(text), ['components', 'schemas', 'Problem']) ??
            (JSON.parse(text).status === status ? undefined : 'the status in the body is another')
        );
    }

    invalid(value, pointer) {
        const validate = this.schema(...pointer);
        if (validate(value)) return undefined;
        const errors = validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
        return `${errors.slice(0, 6).join('; ')}`;
    }
}

const faults = [];
let known;

/** For http.mjs: sees each request and its answer. */
export function checkManagement(binary) {
    after(() => assert.deepEqual([...new Set(faults)], [], 'management answers that are not what the OpenAPI document says'));
    return (asked, answer) => {
        if (!/^\/api(\/|$)/.test(asked.path ?? '')) return;
        if (answer.isComplete === false || /transfer-encoding|expect/i.test(Object.keys(asked.headers ?? {}).join())) return;
        known ??= new ApiDocument(JSON.parse(execFileSync(binary, ['api', 'describe'], { maxBuffer: 64 << 20 })));
        const fault = known.fault(asked, answer);
        if (fault === undefined) return;
        faults.push(`${asked.method ?? 'GET'} ${asked.path}: ${fault}`);
        throw new Error(`not what the OpenAPI document says: ${faults.at(-1)}\n${answer.text.slice(0, 500)}`);
    };
}
