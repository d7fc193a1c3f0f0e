metadata description = 'A workbook: texts a second, queue depth and age, failures, cost.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name shown in the portal.')
param displayName string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Resource id of the storage account, for the depth of its queues.')
param storageAccountId string

@description('Price of one instance for one hour, with which the workbook begins; it can be changed there.')
param pricePerInstanceHour string

var content = replace(
  replace(
    replace(loadTextContent('workbook.json'), '{workspaceId}', workspaceId),
    '{storageAccountId}',
    storageAccountId
  ),
  '{pricePerInstanceHour}',
  pricePerInstanceHour
)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, displayName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: displayName
    serializedData: content
    sourceId: workspaceId
  }
}
