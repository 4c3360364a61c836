import { describe, expect, it } from 'vitest';
import { createAuthRoutes } from '../../src/pipeline/logins/auth-routes.ts';

const NONE = { paths: [], logoutPaths: [], nameFields: [] };
const usual = createAuthRoutes(NONE);

describe('the usual paths', () => {
  it.for([
    'POST /login',
    'POST /Login/',
    'POST /signin',
    'POST /sign-in',
    'POST /sign_in',
    'POST /log-in',
    'POST /logon',
    'POST /session',
    'POST /sessions',
    'POST /auth/login',
    'POST /api/login',
    'POST /api/v1/auth/login?next=%2F',
    'POST /api/v2/sessions',
    'POST /users/sign_in',
    'POST /users/login',
    'POST /login/password',
    'POST /auth/local',
    'POST /api/auth/callback/credentials',
    'POST /oauth/token',
    'POST /oauth2/v1/token',
    'POST /realms/shop/protocol/openid-connect/token',
    'POST /token',
    'POST /api/token',
    'POST /j_security_check',
    'POST /app/j_security_check',
    'POST //login',
    'POST /public/../login',
    'POST /%6cogin',
    'POST /some/where/else/login',
  ])('%s is a login', (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(usual(method, url)).toBe('login');
  });

  it.for([
    'GET /logout',
    'POST /logout',
    'POST /log-out',
    'DELETE /logout',
    'POST /api/v1/auth/logout',
    'DELETE /users/sign_out',
    'GET /signout?all=1',
    'DELETE /session',
    'DELETE /api/sessions',
    'DELETE /sessions/current',
  ])('%s is a logout', (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(usual(method, url)).toBe('logout');
  });

  it.for([
    'GET /login',
    'HEAD /login',
    'OPTIONS /login',
    'HEAD /logout',
    'GET /sessions',
    'GET /session',
    'POST /blogin',
    'POST /login-attempts',
    'POST /loginhistory',
    'POST /logins',
    'POST /login/7/comments',
    'POST /devices/7/token',
    'POST /tokens',
    'POST /gym/sessions',
    'DELETE /gym/sessions',
    'DELETE /sessions/7',
    'POST /catalogin',
    'POST /dialogout',
    'POST /',
    'POST ',
    'POST ?login',
    'POST /search?q=/login',
    'POST /search#/login',
  ])('%s is neither', (line) => {
    const [method = '', url = ''] = line.split(' ');
    expect(usual(method, url)).toBeUndefined();
  });
});

describe('configured paths', () => {
  it('come beside the usual ones', () => {
    const routes = createAuthRoutes({
      ...NONE,
      paths: ['/enter', 'GET /auth/*/callback'],
      logoutPaths: ['/leave'],
    });
    expect(routes('POST', '/enter')).toBe('login');
    expect(routes('GET', '/enter')).toBeUndefined();
    expect(routes('GET', '/auth/google/callback?code=1')).toBe('login');
    expect(routes('POST', '/auth/google/callback')).toBeUndefined();
    expect(routes('POST', '/leave')).toBe('logout');
    expect(routes('POST', '/login')).toBe('login');
  });

  it('come in place of them after `none`', () => {
    const routes = createAuthRoutes({ ...NONE, paths: ['none', 'put /enter'], logoutPaths: ['none'] });
    expect(routes('PUT', '/enter')).toBe('login');
    expect(routes('POST', '/login')).toBeUndefined();
    expect(routes('POST', '/logout')).toBeUndefined();
  });

  it('that are no paths are refused by name', () => {
    expect(() => createAuthRoutes({ ...NONE, paths: ['enter'] })).toThrow(
      /AUDIT_REGISTER_LOGIN_PATHS.*"enter"/,
    );
    expect(() => createAuthRoutes({ ...NONE, logoutPaths: ['GET'] })).toThrow(/AUDIT_REGISTER_LOGOUT_PATHS/);
  });
});

it('takes no longer for a long path', () => {
  const start = performance.now();
  usual('POST', `${'/api'.repeat(4_000)}/x`);
  usual('POST', `/${'-login'.repeat(4_000)}`);
  usual('GET', '/logout'.repeat(4_000) + 'x');
  // Far above what it takes, far below what backtracking would.
  expect(performance.now() - start).toBeLessThan(1_000);
});
