using System.Net.Sockets;
using Npgsql;
using SimCse.Cli.CommandLine;
using SimCse.Cli.Search;

namespace SimCse.Cli.Destinations;

/// <summary>
/// A database of PostgreSQL with pgvector. What fails only for now (a lost connection, a server that starts, a deadlock) is tried again.
/// </summary>
internal sealed class PgvectorDatabase : IAsyncDisposable
{
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlDataSource _source;
    private readonly string _server;

    /// <param name="connectionString">A connection string of Npgsql, or an address.</param>
    /// <param name="from">Where it was found, for messages; it is a secret itself.</param>
    /// <exception cref="CliException">It cannot be read.</exception>
    public PgvectorDatabase(string connectionString, string from)
    {
        var settings = Parse(connectionString, from);
        _server = $"{settings.Host}:{settings.Port}";
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false)); // only text is sent, and bytes that are written here
        _source = builder.Build();
    }

    /// <summary>Makes the extension and the table when they are missing.</summary>
    /// <exception cref="CliException">A table of this name has other columns.</exception>
    public Task PrepareAsync(PgTable into, RowTable table, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, "SET client_min_messages = warning", cancellationToken);
        await RunAsync(connection, "CREATE EXTENSION IF NOT EXISTS vector", cancellationToken);
        await RunAsync(connection, into.Create, cancellationToken);
        var types = await TypesAsync(connection, into, cancellationToken);
        foreach (var column in table.Columns.Select(column => column.Name).Append(RowTable.Embedding))
        {
            if (!types.ContainsKey(column))
            {
                throw new CliException(
                    $"The table {into.Name} has no column \"{column}\"; add it with ALTER TABLE, or name another table with --table.");
            }
        }

        if (types[RowTable.Embedding] is var type && type != "vector" && type != $"vector({table.Dimension})")
        {
            throw new CliException(
                $"The column {RowTable.Embedding} of the table {into.Name} is {type}; the vectors need vector({table.Dimension}). Name " +
                "another table with --table.");
        }

        return true;
    }, cancellationToken);

    /// <summary>Puts the rows of a source in the place of those that are there, in one transaction.</summary>
    /// <returns>The number of rows.</returns>
    public Task<long> ReplaceAsync(
        string source, IReadOnlyList<VectorFile> files, PgTable into, RowTable table, CancellationToken cancellationToken) =>
        TryAsync(async () =>
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

            // Two that load at once wait for each other; those who read do not.
            await RunAsync(connection, $"LOCK TABLE {into.Name} IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
            await RunAsync(connection, $"DELETE FROM {into.Name} WHERE \"{RowTable.Source}\" = $1", cancellationToken, source);
            var count = await CopyAsync(connection, files, into, table, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return count;
        }, cancellationToken);

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlConnectionStringBuilder Parse(string connectionString, string from)
    {
        try
        {
            var settings = connectionString.Contains("://", StringComparison.Ordinal)
                ? OfAddress(new Uri(connectionString))
                : new NpgsqlConnectionStringBuilder(connectionString);
            return settings.Host is { Length: > 0 } ? settings : throw new FormatException("It names no host.");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or UriFormatException)
        {
            throw new CliException(
                $"The database {from} cannot be read; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or Host=…;Username=…;" +
                "Password=…;Database=… as Npgsql has it.");
        }
    }

    private static NpgsqlConnectionStringBuilder OfAddress(Uri address)
    {
        if (address.Scheme is not ("postgresql" or "postgres"))
        {
            throw new FormatException("It is another kind of address.");
        }

        var user = address.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
        var settings = new NpgsqlConnectionStringBuilder { Host = address.Host, Port = address.Port > 0 ? address.Port : 5432 };
        if (user[0].Length > 0)
        {
            settings.Username = user[0];
        }

        if (user.Length > 1)
        {
            settings.Password = user[1];
        }

        if (address.AbsolutePath.Length > 1)
        {
            settings.Database = Uri.UnescapeDataString(address.AbsolutePath[1..]);
        }

        foreach (var option in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = option.Split('=', 2) is [var key, var text] ? (key, Uri.UnescapeDataString(text)) : (option, "");
            settings[name == "sslmode" ? "SSL Mode" : name == "sslrootcert" ? "Root Certificate" : name] =
                name == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }

        return settings;
    }

    private static async Task<long> CopyAsync(
        NpgsqlConnection connection, IReadOnlyList<VectorFile> files, PgTable into, RowTable table, CancellationToken cancellationToken)
    {
        await using var stream = await connection.BeginRawBinaryCopyAsync(into.Copy, cancellationToken);
        try
        {
            await using var rows = new PgCopyFile(table, stream);
            var count = await rows.WriteAsync(files, cancellationToken);
            await rows.CompleteAsync(cancellationToken);
            return count;
        }
        catch (Exception e) when (e is not NpgsqlException)
        {
            await stream.CancelAsync(); // otherwise the data would end as if they were whole
            throw;
        }
    }

    private static async Task RunAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params string[] values)
    {
        await using var command = Command(connection, sql, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Dictionary<string, string>> TypesAsync(
        NpgsqlConnection connection, PgTable into, CancellationToken cancellationToken)
    {
        await using var command = Command(
            connection,
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 " +
            "AND NOT attisdropped",
            into.Name);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            types[reader.GetString(0)] = reader.GetString(1);
        }

        return types;
    }

#pragma warning disable CA2100 // names are quoted by PgTable, values are parameters
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params string[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
#pragma warning restore CA2100

    private async Task<T> TryAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (NpgsqlException e) when (e.IsTransient && attempt < Attempts && !IsRefusal(e))
            {
                await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new CliException(Describe(e), e);
            }
        }
    }

    /// <summary>Nothing listens, or nobody knows the host: that is more often a wrong address than a bad moment.</summary>
    private static bool IsRefusal(NpgsqlException e) => e.GetBaseException() is SocketException
    {
        SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound,
    };

    private string Describe(NpgsqlException e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            $"PostgreSQL at {_server} refuses the user or the password.",
        PostgresException { SqlState: PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.FeatureNotSupported } refusal
            when refusal.MessageText.Contains("extension", StringComparison.Ordinal) =>
            $"PostgreSQL at {_server} has no pgvector ({refusal.MessageText}); install its package there.",
        PostgresException refusal => $"PostgreSQL at {_server} refuses ({refusal.SqlState}): {refusal.MessageText}.",
        _ => $"PostgreSQL at {_server} does not answer ({SystemError.Describe(e.GetBaseException())}).",
    };
}
