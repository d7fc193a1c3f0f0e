using SimCse.Testing;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]
