const LN2_HIGH = 0.69314718036912381649;
const LN2_LOW = 1.90821492927058770002e-10;
export function exp(x: number): number {
  if (x < -745) return 0;
  if (x > 709.7) return Infinity;
  const k = Math.floor(x / 0.6931471805599453 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 13; i > 0; i--) sum = 1 + (r * sum) / i;
  let scale = 1;
  const f = k < 0 ? 0.5 : 2;
  for (let i = Math.abs(k); i > 0; i--) scale *= f;
  return sum * scale;
}
export function log(x: number): number {
  let y = 0,
    m = x;
  while (m > 1.5) {
    m /= 2;
    y += 0.6931471805599453;
  }
  while (m < 0.75) {
    m *= 2;
    y -= 0.6931471805599453;
  }
  for (let i = 0; i < 3; i++) {
    const e = exp(y);
    y += (2 * (x - e)) / (x + e);
  }
  return y;
}
