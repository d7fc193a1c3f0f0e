using System.Runtime.CompilerServices;
using System.Xml;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;

namespace SimCse.LocalHost.Blobs;

/// <summary>
/// Lists a container page by page, and goes on behind a blob that storage cannot list. The name of a blob may hold characters that XML
/// cannot. Azure encodes such a name. Azurite as it is published answers the whole page with an empty body. Not thread-safe.
/// </summary>
internal sealed class BlobListing(BlobContainerClient container, ILogger logger)
{
    private const int LargestPage = 5000;

    private const int EndOfAscii = 0x80;

    /// <summary>The largest character of UTF-16 that a marker may hold, since Azurite repeats the marker in its answer.</summary>
    private const char Largest = '\uFFFD';

    /// <summary>For each marker behind which nothing can be listed, the marker behind the blob that is the cause.</summary>
    private readonly Dictionary<string, string> _behind = new(StringComparer.Ordinal);

    /// <exception cref="XmlException">Storage cannot list the rest of the container.</exception>
    public async IAsyncEnumerable<Page<BlobItem>> PagesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (marker, size) = ("", LargestPage);
        do
        {
            if (await TryGetAsync(marker, size, cancellationToken) is { } page)
            {
                yield return page;
                marker = page.ContinuationToken ?? "";
                if (marker.Length == 0)
                {
                    yield break;
                }
            }
            else if (size > 1)
            {
                size /= 2; // what stands before the cause
            }
            else
            {
                (marker, size) = (await BehindCauseAsync(marker, cancellationToken), LargestPage);
            }
        }
        while (true);
    }

    /// <summary>Returns null if the answer is not XML.</summary>
    private async Task<Page<BlobItem>?> TryGetAsync(string marker, int size, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var page in container.GetBlobsAsync(cancellationToken: cancellationToken).AsPages(marker, size))
            {
                return page;
            }

            return Page<BlobItem>.FromValues([], null, null!);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private async Task<string> BehindCauseAsync(string marker, CancellationToken cancellationToken)
    {
        if (!_behind.TryGetValue(marker, out var behind) || await TryGetAsync(behind, 1, cancellationToken) is null)
        {
            behind = _behind[marker] = await FindBehindCauseAsync(marker, cancellationToken);
            Log.BlobNotListed(logger, container.Name, marker, behind);
        }

        return behind;
    }

    /// <summary>
    /// Finds the smallest marker from which on storage can list again. Its characters are found one after the other: they are those of
    /// the cause's name, up to the one that XML cannot hold. ASCII is tried in order. Bisection is right for the rest only if there is one
    /// cause, and otherwise leaves out more than the cause.
    /// </summary>
    private async Task<string> FindBehindCauseAsync(string marker, CancellationToken cancellationToken)
    {
        var behind = "";
        do
        {
            var (low, high) = (0, (int)Largest);
            while (low < EndOfAscii && !await CanListBehindAsync($"{behind}{Legal(low)}{Largest}"))
            {
                low++;
            }

            while (low >= EndOfAscii && low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = await CanListBehindAsync($"{behind}{Legal(middle)}{Largest}") ? (low, middle) : (middle + 1, high);
            }

            behind += Legal(low);
        }
        while (behind.Length < 1024 && !await CanListBehindAsync(behind));

        return await CanListBehindAsync(behind)
            ? behind
            : throw new XmlException(
                $"Storage cannot list the blobs of container {container.Name} behind '{marker}': the next name holds a character that " +
                "XML cannot hold. Delete or rename that blob.");

        async Task<bool> CanListBehindAsync(string candidate)
            => string.CompareOrdinal(candidate, marker) > 0 && await TryGetAsync(candidate, 1, cancellationToken) is not null;
    }

    /// <summary>The character itself, or the next one that XML can hold and that stands alone.</summary>
    private static char Legal(int character) => (char)character switch
    {
        < '\t' => '\t',
        '\v' or '\f' => '\r',
        > '\r' and < ' ' => ' ',
        >= '\uD800' and <= '\uDFFF' => '\uE000',
        var legal => legal,
    };
}
