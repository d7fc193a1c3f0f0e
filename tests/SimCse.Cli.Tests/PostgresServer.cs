using System.Diagnostics;
using Npgsql;
using SimCse.Testing;

namespace SimCse.Cli.Tests;

/// <summary>A real PostgreSQL with pgvector: npm's PGlite, started when a test first asks for it.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly SemaphoreSlim _starting = new(1);
    private Process? _process;
    private string _address = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The address of the database, with a password, which is not asked for.</summary>
    public async Task<string> AddressAsync()
    {
        await _starting.WaitAsync(Cancellation);
        try
        {
            if (_process is null)
            {
                (_process, var ready) = await new NodePackage("PostgresServer").StartAsync("server.mjs", Cancellation);
                _address = $"postgresql://postgres:geheim@{ready}/postgres?sslmode=disable";
            }

            return _address;
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Runs SQL and returns the rows of its last statement, as text.</summary>
    public async Task<List<string?[]>> QueryAsync(string sql)
    {
        await using var connection = await ConnectAsync();
#pragma warning disable CA2100 // the text comes from a test
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i).ToString())]);
        }

        return rows;
    }

    /// <summary>Gives a file to COPY.</summary>
    public async Task CopyAsync(string sql, string file)
    {
        await using var connection = await ConnectAsync();
        await using var stream = await connection.BeginRawBinaryCopyAsync(sql, Cancellation);
        await stream.WriteAsync(await File.ReadAllBytesAsync(file, Cancellation), Cancellation);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }

        _starting.Dispose();
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var address = new Uri(await AddressAsync());
        var builder = new NpgsqlDataSourceBuilder(
            $"Host={address.Host};Port={address.Port};Username=postgres;Database=postgres;SSL Mode=Disable;Pooling=false");
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return await builder.Build().OpenConnectionAsync(Cancellation);
    }
}
