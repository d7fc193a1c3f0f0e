[assembly: AssemblyFixture(typeof(SimCse.Cli.Tests.StoredJobs))]
