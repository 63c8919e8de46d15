/** What the bench uses of a package without types. */
declare module "opossum" {
  export default class CircuitBreaker<T> {
    constructor(action: () => Promise<T>, options: object);
    fire(): Promise<T>;
    shutdown(): void;
  }
}
