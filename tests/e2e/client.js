// SPDX-License-Identifier: ISC
//
// What a stock Node client sees: identity, lists, refusals with ErrorInfo, a
// bidirectional stream, a call without certificate. Ends with 0 if all is as expected.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const modules = process.env.PIDC_NODE_MODULES;
const grpc = require(path.join(modules, '@grpc/grpc-js'));
const loader = require(path.join(modules, '@grpc/proto-loader'));

const root = path.join(__dirname, '../../proto');
const files = fs.readdirSync(path.join(root, 'pidc/v1')).map((f) => `pidc/v1/${f}`);
files.push('google/rpc/status.proto', 'google/rpc/error_details.proto',
  'grpc/health/v1/health.proto');
const api = grpc.loadPackageDefinition(loader.loadSync(files, {
  includeDirs: [root, '/usr/include'], longs: String, enums: String, defaults: true,
}));

const read = (name) => fs.readFileSync(path.join(process.env.PIDC_CERT_DIR, name));
const ca = fs.readFileSync(process.env.PIDC_CA);

function client(service, name) {
  const credentials = name ?
    grpc.credentials.createSsl(ca, read(`${name}.key`), read(`${name}.crt`)) :
    grpc.credentials.createSsl(ca);
  return new service(process.env.PIDC_ADDRESS, credentials);
}

function call(stub, method, request) {
  return new Promise((resolve, reject) => {
    stub[method](request, { deadline: Date.now() + 20000 },
      (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

async function refused(promise, code, reason) {
  const error = await promise.then(() => null, (e) => e);
  assert(error, `was not refused, expected ${reason}`);
  assert.strictEqual(error.code, code, error.message);
  if (reason) {
    const details = error.metadata.get('grpc-status-details-bin');
    assert.strictEqual(details.length, 1);
    assert(details[0].includes(Buffer.from(reason)), `no ${reason} in the details`);
  }
}

async function reads() {
  const me = await call(client(api.pidc.v1.IdentityService, 'tv-agent'), 'whoAmI', {});
  assert.strictEqual(me.actor.org, 'tv');
  assert(me.position.registerEpoch && Number(me.position.revision) > 0);
  const list = await call(client(api.pidc.v1.MemberService, 'iom-officer'), 'listMembers',
    { pageSize: 500 });
  assert.strictEqual(list.members.length, 21);
  assert.strictEqual(list.members.find((m) => m.org === 'as').numeric, '016');
  const health = await call(client(api.grpc.health.v1.Health, 'tv-agent'), 'check', {});
  assert.strictEqual(health.status, 'SERVING');
}

async function refusals() {
  const data = client(api.pidc.v1.DataService, 'tv-agent');
  await refused(call(data, 'getDataset', { datasetId: crypto.randomUUID() }),
    grpc.status.NOT_FOUND, 'E_NOT_FOUND');
  await refused(call(data, 'getDataset', { datasetId: "'; DROP TABLE dataset" }),
    grpc.status.INVALID_ARGUMENT, 'E_FIELD');
  await refused(call(data, 'defineDataset', {}), grpc.status.INVALID_ARGUMENT, 'E_FIELD');
  await refused(call(client(api.pidc.v1.DataService, 'iom-agent'), 'defineDataset', {}),
    grpc.status.PERMISSION_DENIED, 'E_ROLE');
  await refused(call(client(api.pidc.v1.IdentityService, 'unbound'), 'whoAmI', {}),
    grpc.status.UNAUTHENTICATED, 'E_CERT_UNBOUND');
  // OBJ-2.a, T1: nobody without a certificate.
  await refused(call(client(api.pidc.v1.IdentityService, null), 'whoAmI', {}),
    grpc.status.UNAVAILABLE);
}

function stream() {
  return new Promise((resolve, reject) => {
    const answers = [];
    const items = client(api.pidc.v1.DataService, 'tv-agent').submitContributions();

    items.on('data', (answer) => answers.push(answer));
    items.on('error', reject);
    items.on('end', () => resolve(answers));
    for (let i = 0; i < 50; i++) {
      items.write({ submission: { requestId: crypto.randomUUID(),
        datasetId: crypto.randomUUID(), columns: [] } });
    }
    items.end();
  });
}

async function main() {
  await reads();
  await refusals();
  const answers = await stream();
  assert.strictEqual(answers.length, 50);
  for (const answer of answers)
    assert(answer.refusedReason, 'an unknown dataset was accepted');
  console.log('as expected');
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
