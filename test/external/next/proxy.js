import { NextResponse } from 'next/server';

/** What Next.js called middleware before its version 16. */
export function proxy(request) {
  const { pathname } = request.nextUrl;
  if (pathname.startsWith('/blocked')) return Response.json({}, { status: 403 });
  return pathname === '/moved'
    ? NextResponse.rewrite(new URL('/orders/9', request.nextUrl))
    : NextResponse.next();
}
