[assembly: AssemblyFixture(typeof(SimCse.Cli.Tests.StoredJobs))]
[assembly: AssemblyFixture(typeof(SimCse.Cli.Tests.PostgresServer))]
