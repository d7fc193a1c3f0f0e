using SimCse.LocalHost.Azurite;
using Xunit;

namespace SimCse.Testing;

/// <summary>
/// One Azurite in memory for a test class (<c>IClassFixture</c>), a collection, or a whole assembly (<c>[assembly:
/// AssemblyFixture(typeof(AzuriteFixture))]</c>).
/// </summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteServer? _server;

    public string ConnectionString =>
        (_server ?? throw new InvalidOperationException("The fixture is not initialised yet.")).ConnectionString;

    public async ValueTask InitializeAsync() =>
        _server = await AzuriteServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
