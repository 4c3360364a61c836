import { SignJWT } from 'jose';
import { JWT_SECRET } from './launch.ts';

/** The header of a user whose token is signed with the applications' secret. */
export async function authorizationOf(user: string): Promise<{ authorization: string }> {
  const token = await new SignJWT({ name: user })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(JWT_SECRET));
  return { authorization: `Bearer ${token}` };
}
