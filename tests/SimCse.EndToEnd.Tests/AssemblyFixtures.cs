using SimCse.Testing;

[assembly: AssemblyFixture(typeof(DemoBundle))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)] // each test has the machine's cores to itself
