// A real issuer, with what the tests need to turn by hand: which keys it
// publishes and signs with, and whether it answers at all.
//
//   node issuer.mjs PORT
//
// GET /turn?keys=a,b  publish the keys a and b, and sign with a
// GET /turn?down=1    break every connection from now on; down=0 ends it
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const keys = Object.fromEntries(['a', 'b', 'c'].map((kid) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return [kid, { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }];
}));

function provider(kids) {
  return new Provider(issuer, {
    jwks: { keys: kids.map((kid) => keys[kid]) },
    clients: [{
      client_id: 'pipeline', client_secret: 'pipeline-secret', grant_types: ['client_credentials'],
      redirect_uris: [], response_types: [],
    }],
    cookies: { keys: ['not used'] },
    extraTokenClaims: () => ({ roles: ['readonly'], namespaces: ['acme'] }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        // The audience is the last part of the resource's name.
        getResourceServerInfo: (ctx, resource) => ({
          scope: 'cards', audience: resource.split('/').pop(), accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }).callback();
}

let answer = provider(['a']);
let down = false;
createServer((request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === '/turn') {
    if (url.searchParams.has('keys')) answer = provider(url.searchParams.get('keys').split(','));
    if (url.searchParams.has('down')) down = url.searchParams.get('down') === '1';
    response.end('turned\n');
    return;
  }
  if (down) {
    request.socket.destroy();
    return;
  }
  answer(request, response);
}).listen(port, '127.0.0.1', () => console.log('listening'));
