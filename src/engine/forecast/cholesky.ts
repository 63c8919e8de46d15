/**
 * The lower triangle L of a symmetric positive definite matrix, A = L·Lᵀ, in place (Golub & Van Loan, Matrix
 * Computations, 4.2). Each leading block of L is the factor of that block of A.
 *
 * @param a `width × width`, row by row; only its lower triangle is read
 * @throws Error when it is not positive definite
 */
export function cholesky(a: Float64Array, width: number): void {
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * width + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[i * width + k] as number) * (a[j * width + k] as number);
      if (i !== j) a[i * width + j] = sum / (a[j * width + j] as number);
      else if (sum > 0) a[i * width + i] = Math.sqrt(sum);
      else throw new Error(`cholesky: column ${i} of ${width} depends on those before it`);
    }
  }
}

/** z of L·z = b. */
export function forwardSolve(l: Float64Array, b: Float64Array, width: number): Float64Array {
  const z = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * width + k] as number) * (z[k] as number);
    z[i] = sum / (l[i * width + i] as number);
  }
  return z;
}

/** x of Lᵀ·x = z, for the leading `used × used` block. */
export function backSolve(l: Float64Array, z: Float64Array, used: number, width: number): Float64Array {
  const x = new Float64Array(used);
  for (let i = used - 1; i >= 0; i--) {
    let sum = z[i] as number;
    for (let k = i + 1; k < used; k++) sum -= (l[k * width + i] as number) * (x[k] as number);
    x[i] = sum / (l[i * width + i] as number);
  }
  return x;
}
